"""Pictures: matplotlib figures of values that are computed elsewhere, all in one style."""
