"""First passage: laws of the sessions ahead, one a file, and the probabilities that their paths meet a barrier."""

from forecast.engines.passage.autocorrelated import AutocorrelatedLaw
from forecast.engines.passage.garch_paths import GarchPathLaw
from forecast.engines.passage.markov_paths import MarkovPathLaw
from forecast.engines.passage.msgarch_paths import MSGarchPathLaw
from forecast.engines.passage.uncertain_variance import UncertainVarianceLaw

__all__ = ["AutocorrelatedLaw", "GarchPathLaw", "MSGarchPathLaw", "MarkovPathLaw", "UncertainVarianceLaw"]
