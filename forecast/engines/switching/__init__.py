"""What the estimators of switching laws have in common."""
