"""What each family of features is worth, walk-forward: left out, and alone."""
