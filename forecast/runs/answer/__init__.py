"""The content of the answer for a surge: probabilities, drivers, analogs, scenarios, and the features of any day."""
