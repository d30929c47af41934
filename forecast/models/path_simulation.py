"""Fitted state whose probabilities are simulated from its law of the sessions ahead."""

from collections.abc import Sequence

from forecast.engines.arrays import Float
from forecast.engines.passage import AutocorrelatedLaw
from forecast.engines.passage.autocorrelated import DriftingLaw
from forecast.engines.passage.first_passage import PathLaw, first_passage
from forecast.engines.passage.parameter_draws import DRAWS, spread_of_laws, standard_normals
from forecast.engines.probabilities import Prediction
from forecast.models.autocorrelation import autocorrelation
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


class AutocorrelatedPaths(PathSimulation):
    """Paths of a law of uncorrelated returns, given the autocorrelation that the index has had of late."""

    def uncorrelated_law(self, sample: Sample) -> DriftingLaw:
        """The law of the sessions after the sample's last, at the estimates, without autocorrelation."""
        raise NotImplementedError

    def uncorrelated_laws(self, sample: Sample) -> Sequence[DriftingLaw]:
        """The same at drawn parameters."""
        raise NotImplementedError

    def sessions_ahead(self, sample: Sample) -> AutocorrelatedLaw:
        return _correlated(self.uncorrelated_law(sample), float(autocorrelation(sample)[-1, 0]), sample)

    def drawn_laws(self, sample: Sample) -> list[AutocorrelatedLaw]:
        """Each with a drawn autocorrelation, by the last column of normals, which a law of up to DRAWS - 2 parameters leaves free."""
        coefficient, error = autocorrelation(sample)[-1]
        drawn = (coefficient + error * standard_normals(DRAWS - 1)[:, -1]).tolist()
        laws = self.uncorrelated_laws(sample)
        return [_correlated(law, drawn[number % DRAWS], sample) for number, law in enumerate(laws)]


def _correlated(law: DriftingLaw, coefficient: float, sample: Sample) -> AutocorrelatedLaw:
    return AutocorrelatedLaw(law, coefficient, float(sample.returns[-1]) - law.drift)
