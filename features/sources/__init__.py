"""Origins of data, one a file; each gives a RawMarket, and nothing else in the package reads data."""
