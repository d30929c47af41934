"""Any question asked of a fitted run, without refitting."""
