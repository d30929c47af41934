"""What is asked: four questions, of the surges of two thresholds."""

from dataclasses import dataclass
from pathlib import Path

from forecast.backtest.experiment import Experiment
from forecast.backtest.study import Study
from forecast.target.question import Question
from forecast.target.sample import Sample

QUESTIONS: tuple[tuple[float, tuple[Question, ...]], ...] = (  # min_z, and what is asked of those surges: the table of the README
    (1.5, (Question(barrier="surge", size=0.5),)),
    (1.0, (Question(barrier="surge", size=1.0), Question(barrier="sigma", size=0.75), Question(barrier="fixed", size=0.05))),
)


@dataclass(frozen=True)
class Setting:
    """One threshold of the surge: the experiment and its sample, in which every feature may be chosen.

    market : the index, in a form that no stand-in passes for it.   digest : of the data.
    """

    experiment: Experiment
    sample: Sample
    market: str
    digest: str


def settings(experiment: str | Path, data: str, as_of: str | None = None) -> list[Setting]:
    """The experiment on its data at each threshold of QUESTIONS; its own threshold, questions and choice of features are not read."""
    found = []
    for min_z, (main, *also) in QUESTIONS:
        listed = ", ".join(f'{{horizon={one.horizon}, barrier="{one.barrier}", size={one.size}}}' for one in also)
        asked = [
            f"outcome.horizon={main.horizon}",
            f"outcome.barrier={main.barrier}",
            f"outcome.size={main.size}",
            f"outcome.also=[{listed}]",
            "sensitivity.horizons=[]",
        ]
        free = [f"surge.min_z={min_z}", "features.only=[]", "features.without=[]"]
        study = Study.prepare(experiment, data=data, as_of=as_of, overrides=[*asked, *free])
        found.append(Setting(study.experiment, study.dataset.sample, study.dataset.panel.label, study.dataset.panel.digest[:10]))
    return found
