"""Laws of the sessions ahead, one a file: a small frozen class over one path kernel. See `forecast.passage.Law`."""

from forecast.laws.chain import ChainLaw
from forecast.laws.garch import GarchLaw
from forecast.laws.msgarch import SwitchingGarchLaw

__all__ = ["ChainLaw", "GarchLaw", "SwitchingGarchLaw"]
