"""What the forecaster learns with, as scikit-learn's classifiers for any table whose rows stand in the order of time."""

from forecast.models.classifiers.calibrator import ShrunkCalibrator
from forecast.models.classifiers.multinomial import RidgeMultinomial
from forecast.models.classifiers.pool import LogLinearPool

__all__ = ["LogLinearPool", "RidgeMultinomial", "ShrunkCalibrator"]
