"""The experiment on its data, once for each threshold of the surge."""

from dataclasses import dataclass
from pathlib import Path

from experiments.questions import QUESTIONS, overrides_of
from forecast.backtest.experiment import Experiment
from forecast.backtest.study import Study
from forecast.target.sample import Sample

EVERY_FEATURE = ("sensitivity.horizons=[]", "pullback.horizons=[]", "features.only=[]", "features.without=[]")


@dataclass(frozen=True)
class AblationCase:
    """One threshold of the surge: the experiment and its sample, in which models may learn from every feature.

    Parameters
    ----------
    market : str
        Name of the index, which says so where a stand-in takes its place.
    digest : str
        Of the data.
    """

    experiment: Experiment
    sample: Sample
    market: str
    digest: str


def ablation_cases(experiment: str | Path, data: str, as_of: str | None = None) -> list[AblationCase]:
    """A case for each threshold of QUESTIONS; the experiment's own threshold, questions and choice of features are not read."""
    cases = []
    for min_z, questions in QUESTIONS:
        overrides = [*overrides_of(min_z, questions), *EVERY_FEATURE]
        study = Study.prepare(experiment, data=data, as_of=as_of, overrides=overrides)
        cases.append(AblationCase(study.experiment, study.dataset.sample, study.dataset.panel.market, study.dataset.panel.digest[:10]))
    return cases
