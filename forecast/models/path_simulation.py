"""Fitted state whose probabilities are simulated from its law of the sessions ahead."""

from collections.abc import Sequence

from forecast.engines.arrays import Float
from forecast.engines.passage.first_passage import PathLaw, first_passage
from forecast.engines.passage.parameter_draws import spread_of_laws
from forecast.engines.probabilities import Prediction
from forecast.target.sample import Sample


class PathSimulation:
    """Probabilities by the first passage of the law at the estimates, their spread by that of the laws at drawn parameters."""

    def sessions_ahead(self, sample: Sample) -> PathLaw:
        """The law of the sessions after the sample's last, at the estimates."""
        raise NotImplementedError

    def drawn_laws(self, sample: Sample) -> Sequence[PathLaw]:
        """The same at drawn parameters."""
        raise NotImplementedError

    def predict(self, sample: Sample, *, key: int, paths: int) -> Prediction:
        grid = sample.barriers[-1], sample.horizons
        return first_passage(self.sessions_ahead(sample), *grid, key=key, paths=paths, falls=sample.falls)

    def spread(self, sample: Sample, *, key: int, paths: int) -> Float:
        """Standard deviation over the drawn laws, (n_questions, 3)."""
        grid = sample.barriers[-1], sample.horizons
        return spread_of_laws(self.drawn_laws(sample), *grid, key=key, paths=paths, falls=sample.falls)
