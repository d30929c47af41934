"""Pictures: what is drawn apart from what is computed, and how it looks in one place."""
