"""Statistics that know nothing of surges: regressions, draws of parameters, overlap, overfitting."""
