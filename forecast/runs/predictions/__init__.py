"""Predictions as a product: files that other tools read, a history of what was given, signals and positions."""
