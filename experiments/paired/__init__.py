"""Two experiments, or two branches, on the same left-out indices: what the second gains over the first, paired by day."""
