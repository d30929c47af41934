"""Base of the estimators of switching laws: fitting, coordinates, histories, innovations."""
