"""Tables of what settled forecasts were worth."""
