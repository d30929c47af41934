"""Fed funds futures to the distribution of the target rate."""
