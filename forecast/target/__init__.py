"""The target: surges, questions, outcomes, samples, splits. The only door to the future."""
