"""Sources of data, one a file: bundled data, a folder of tables, a panel on disk; nothing else in the package reads data."""
