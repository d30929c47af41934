"""Pictures, drawn on Figure objects with no window behind them: computed elsewhere, only drawn here."""
