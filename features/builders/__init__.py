"""One idea a file; every decorated function in here is in the catalogue."""
