"""What Python users see of a result: a few lines, a small table, a figure."""
