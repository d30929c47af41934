"""Many markets trained at once, and the morning sheet of them."""
