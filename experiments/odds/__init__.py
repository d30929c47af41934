"""Are the rate odds calibrated? Fed funds futures against what the Committee decided."""
