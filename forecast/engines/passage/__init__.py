"""Laws of the sessions ahead, one a file: a small frozen class over one path kernel. See `forecast.engines.passage.first_passage.Law`."""

from forecast.engines.passage.laws import ChainLaw, GarchLaw, SwitchingGarchLaw

__all__ = ["ChainLaw", "GarchLaw", "SwitchingGarchLaw"]
