"""From the components' probabilities to the forecast: weights, calibration, coherence, intervals."""
