"""GARCH with one regime and with several."""
