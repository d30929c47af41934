"""What the forecaster learns with, as scikit-learn's classifiers: of use on any table whose rows stand in the order of time."""

from forecast.estimators.calibrator import ShrunkCalibrator
from forecast.estimators.multinomial import RidgeMultinomial
from forecast.estimators.pool import LogLinearPool

__all__ = ["LogLinearPool", "RidgeMultinomial", "ShrunkCalibrator"]
