"""The page of the indices that were left out, Markdown that fits a screen of 100 columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.left_out.design import MIN_Z, SMALL_FUNDS, START, YEARS, left_out_indices
from experiments.left_out.losses import BARS, RIVALS, PooledSkill, pooled
from experiments.left_out.study import Trial
from experiments.markdown import paragraph, table
from experiments.questions import barrier_in_words
from features.files.atomic import write_text
from forecast.backtest.experiment import Experiment
from forecast.report.text.cells import number

PAGE = "left_out.md"
WIDTH = 100
ALL, ALL_BUT = "all tested", f"less {SMALL_FUNDS}"
HEADS = ("epis.", "eff.", "base", "t", "clim.", "t", "EWMA", "t", "GJR", "t")


@dataclass(frozen=True)
class LeftOutHeader:
    """What the page is made from: the day, the command, the experiment as every index was asked, and the name of its own index."""

    made: str
    command: str
    experiment: Experiment
    target: str


def page(tested: Sequence[Trial], header: LeftOutHeader) -> str:
    """The whole page."""
    return "\n".join(_page(tested, header)) + "\n"


def summary(tested: Sequence[Trial], header: LeftOutHeader) -> list[str]:
    """The pooled skill as tables, and a line for each index that failed."""
    lines: list[str] = []
    exchange = header.experiment.market.exchange
    for title, chosen in _pools(tested)[:2]:
        worth = pooled(_losses(chosen), exchange)
        rows = [[barrier_in_words(label), *_cells(one)] for label, one in worth.items()]
        count = max(one.rows for one in worth.values())
        lines += [f"### {title.capitalize()}: {len(chosen)}, {count} forecasts", "", *table(["question", *HEADS], rows), ""]
    if not lines:
        lines += ["No index could be tested.", ""]
    failed = [one for one in tested if one.losses is None]
    if failed:
        lines += ["### Not tested", "", *(f"- {one.index.name}: {one.failure}" for one in failed), ""]
    return lines[:-1]


def write_page(folder: Path, text: str) -> Path:
    """`text` as left_out.md in `folder`, whole or not at all."""
    return write_text(folder / PAGE, text)


def _page(tested: Sequence[Trial], header: LeftOutHeader) -> Iterator[str]:
    yield "# The same forecaster on indices it was not developed on\n"
    yield from _verdict(tested, header)
    for part in _preamble(tested, header):
        yield paragraph(part, WIDTH)
    yield "## Pooled\n"
    yield from summary(tested, header)
    done = _done(tested)
    if not done:
        return
    exchange = header.experiment.market.exchange
    worth = {one.index.name: pooled(_losses([one]), exchange) for one in done}
    pools = {title: pooled(_losses(chosen), exchange) for title, chosen in _pools(tested)}
    for label in next(iter(pools.values())):
        yield f"\n## {barrier_in_words(label).capitalize()}\n"
        yield paragraph(_count(label, worth, header.experiment.promotion.min_t), WIDTH)
        lines = [*pools.items(), *worth.items()]
        yield from table(["", *HEADS], [[title, *_cells(by[label])] for title, by in lines if label in by])
    yield "\n## Histories\n"
    yield from table(["index", "group", "from", "to", "first forecast"], [_history(one) for one in done])


def _verdict(tested: Sequence[Trial], header: LeftOutHeader) -> Iterator[str]:
    """First of all, on which questions the forecast surely beats both the base rate and climatology, and on which it does not."""
    if not _done(tested):
        return
    min_t = header.experiment.promotion.min_t
    worth = pooled(_losses(_done(tested)), header.experiment.market.exchange)
    sure = {label: all(one.over[bar].t >= min_t for bar in BARS) for label, one in worth.items()}
    for passed, words in ((True, "Surely better than both the base rate and climatology"), (False, "**Not shown to beat both**")):
        labels = [barrier_in_words(label) for label, both in sure.items() if both == passed]
        if labels:
            yield paragraph(f"{words} (t of at least {min_t:g}): {', '.join(labels)}.", WIDTH)


def _preamble(tested: Sequence[Trial], header: LeftOutHeader) -> Iterator[str]:
    experiment = header.experiment
    rule = experiment.walk_forward
    yield (
        f"Made on {header.made} by `{header.command}`: {len(_done(tested))} of the experiment's {len(left_out_indices(experiment))} "
        f"companions were tested, with refits every {rule.refit_every} sessions and the components "
        f"{', '.join(experiment.model.components)}."
    )
    yield (
        f"The forecaster was developed on the {header.target}. Here each further index of the experiment {experiment.name} is asked about "
        f"in turn, and left out of what is learned from: its companions are all the others and the {header.target}. Nothing is tuned to "
        "it; components, pool, calibration, features and seed are as the experiment has them. The shared inputs (rates, spreads, implied "
        "volatility, large caps, technology) stay, but those that are the index itself. Features that lack their inputs are off. A "
        "portfolio is taken to be known at each close, though it is published later, and a fund's returns hold its dividends."
    )
    yield (
        f"Surges of z ≥ {MIN_Z:g}, H = {experiment.outcome.horizon}, walk-forward from {rule.start or START}, or from {YEARS} years after "
        "the first session of a younger index. Brier skill of the pool over the base rate, climatology, EWMA and GJR; t: Diebold-Mariano, "
        "with Newey-West errors over the horizon and the correction for small samples."
    )
    yield (
        "The same day in many indices is nearly one observation, so pooled losses are first averaged over the indices that surged on a "
        "day; `epis.` are such days more than a horizon apart, and `eff.` is how many independent days tell as much of "
        f"the gain over climatology. The {SMALL_FUNDS} move nearly as the {header.target} itself and are no fresh evidence: they have a "
        "line of their own, and there is one without them. The other indices share its months, too; that is why days count, not forecasts."
    )


def _pools(tested: Sequence[Trial]) -> list[tuple[str, list[Trial]]]:
    """All, all but the small-cap funds, and each group; a line that would repeat one above it is left out."""
    done = _done(tested)
    groups = list(dict.fromkeys(one.index.group for one in done))
    choices = [(ALL, done), (ALL_BUT, [one for one in done if one.index.group != SMALL_FUNDS])]
    choices += [(group, [one for one in done if one.index.group == group]) for group in groups]
    pools: dict[tuple[str, ...], tuple[str, list[Trial]]] = {}
    for title, chosen in choices:
        if chosen:
            pools.setdefault(tuple(one.index.name for one in chosen), (title, chosen))
    return list(pools.values())


def _done(tested: Sequence[Trial]) -> list[Trial]:
    return [one for one in tested if one.losses is not None]


def _losses(tested: Sequence[Trial]) -> list[pd.DataFrame]:
    return [one.losses for one in tested if one.losses is not None]


def _cells(worth: PooledSkill) -> list[str]:
    cells = [str(worth.episodes), number(worth.effective, ".0f")]
    for name in RIVALS:
        over = worth.over.get(name)
        cells += [number(over.skill, ".3f"), number(over.t, ".1f")] if over else ["", ""]
    return cells


def _count(label: str, worth: dict[str, dict[str, PooledSkill]], min_t: float) -> str:
    sentences = []
    for bar in BARS:
        over = [by[label].over[bar] for by in worth.values() if label in by]
        sentences.append(
            f"Better than {bar.replace('_', ' ').replace('base', 'the base')} on {sum(one.skill > 0 for one in over)} of {len(over)} "
            f"indices, with t of at least {min_t:g} on {sum(one.t >= min_t for one in over)}, of {-min_t:g} or less on "
            f"{sum(one.t <= -min_t for one in over)}."
        )
    return " ".join(sentences)


def _history(one: Trial) -> list[str]:
    assert one.history is not None
    assert one.losses is not None
    return [one.index.name, one.index.group, *one.history, f"{one.losses['session'].min():%Y-%m-%d}"]
