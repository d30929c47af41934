"""Measurements against peers in the same process, outside the suite: `python -m benchmarks.peers`."""
