"""What a reader is told: the answer, its drivers, its analogs, its scenarios."""
