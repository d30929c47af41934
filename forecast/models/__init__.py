"""The components; `registry.py` lists them, `ensemble/` combines them."""

from forecast.models.registry import MODELS, build, learns_from_choice, options_of

__all__ = ["MODELS", "build", "learns_from_choice", "options_of"]
