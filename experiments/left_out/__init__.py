"""The same forecaster on indices that it was not developed on: each companion in turn is the index asked about."""
