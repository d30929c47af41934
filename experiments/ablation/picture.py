"""The picture of the study: what each family adds, before the decision and after it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from experiments.ablation.gain import SkillGain
from experiments.ablation.page import AblationHeader
from experiments.ablation.study import Ablation, FamilyGains
from forecast.report.plots.style import CATEGORIES, canvas, write

BEFORE, AFTER = (CATEGORIES[0], "o"), (CATEGORIES[1], "s")  # shapes too, for print without colour
PANELS: tuple[tuple[str, Callable[[FamilyGains], SkillGain]], ...] = (
    ("Logistic: added to the others", lambda half: half.adds),
    ("Logistic: alone, over none", lambda half: half.alone),
    ("Pool: added to the others", lambda half: half.pool_adds),
)


def draw(result: Ablation, header: AblationHeader, path: Path) -> None:
    """Writes the picture, one panel a comparison and one line a family; those that the rule leaves out are in brackets."""
    with canvas(10, 1.6 + 0.36 * len(result.families)) as figure:
        panels = figure.subplots(1, len(PANELS), sharey=True)
        for axis, (title, of) in zip(panels, PANELS, strict=True):
            _panel(axis, result, title, of, header.min_t)
        panels[0].set_yticks(range(len(result.families)), [family.name if family.on else f"({family.name})" for family in result.families])
        panels[0].invert_yaxis()
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
        what = f"Brier skill that a family of features adds, four questions averaged; bars of {header.min_t:g} standard errors"
        span = f"surges of {result.sessions[0]} to {result.sessions[1]}; in brackets: off by the rule; made on {header.made}"
        figure.suptitle(f"{what}\n{header.experiment}, {header.market}, {span}", fontsize=9, x=0.01, ha="left")
    write(figure, path)


def _panel(axis: Any, result: Ablation, title: str, of: Callable[[FamilyGains], SkillGain], errors: float) -> None:
    year = f"{result.decision_day:%Y}"
    for shift, (colour, marker), label, halves in (
        (-0.16, BEFORE, f"settled before {year}: decides", [family.before for family in result.families]),
        (0.16, AFTER, f"from {year} on: checks", [family.after for family in result.families]),
    ):
        gains = [of(half) for half in halves]
        middle = 1000 * np.array([gain.skill for gain in gains])
        reach = 1000 * errors * np.nan_to_num(np.array([gain.error for gain in gains]))
        places = np.arange(len(gains)) + shift
        axis.errorbar(middle, places, xerr=reach, fmt=marker, color=colour, markersize=4.5, elinewidth=1.2, capsize=2, label=label)
    axis.axvline(0, color="black", linewidth=0.8)
    axis.set_title(title)
    axis.set_xlabel("thousandths of skill")
    axis.grid(axis="x", alpha=0.25)
    axis.tick_params(axis="y", length=0)
