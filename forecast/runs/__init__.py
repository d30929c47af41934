"""Runs on disk and in MLflow: written, read, asked again and served."""
