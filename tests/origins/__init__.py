"""Origins that tests play on this machine."""
