"""What was known: series, panels and feature builders. Nothing here looks ahead, and nothing here imports forecast."""
