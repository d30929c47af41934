"""The report of a run: one page with everything in it, and its pictures."""
