"""Purged: how strong priors should be, on purged combinatorial paths of a history that ends before any forecast is judged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from scipy.special import expit

from experiments.markdown import paragraph, table
from forecast.backtest.study import Study
from forecast.backtest.verification.overfitting import BacktestOverfitting, backtest_overfitting
from forecast.backtest.verification.scores import brier
from forecast.backtest.walk_forward import Progress, silent
from forecast.cli.progress import shown_progress
from forecast.engines.arrays import Float, Int
from forecast.models.barrier_hit import barrier_hit_inputs, fit_barrier_hit
from forecast.models.climatology import frequencies
from forecast.models.logistic import Logistic
from forecast.models.shared import Shared
from forecast.target.outcome import STALL, UNSETTLED
from forecast.target.sample import Sample
from forecast.target.splits import backtest_paths, purged_splits
from forecast.target.surge import episode_numbers

EXPERIMENT = Path(__file__).with_name("nasdaq.toml")
ENDS = "1996-12-31"  # the walk-forward that is judged begins after it
HORIZON = 21
QUESTIONS = 'outcome.also=[{barrier="surge", size=1.0}, {barrier="sigma", size=0.75}, {barrier="fixed", size=0.05}]'
PAGE_WIDTH = 120
GROUPS, TESTED = 6, 2  # 15 splits, which make 5 whole histories; trained on two thirds
LOGISTIC = (0.1, 0.25, 0.5, 1.0)
SHARED = (0.25, 0.5, 1.0, 2.0)

Forecast = Callable[[Sample, Int, float], Float]
"""(training sample, places of the surges to forecast, the prior's standard deviation) -> (n, q, 3)."""


@dataclass(frozen=True)
class Search:
    """One choice: skill over climatology of each variant on each path, (paths, m), the one in use, and the overfitting of the search."""

    name: str
    variants: tuple[float, ...]
    default: float
    skill: Float
    overfitting: BacktestOverfitting

    @property
    def best(self) -> float:
        """The variant with the highest mean skill."""
        return self.variants[int(self.skill.mean(axis=0).argmax())]


@dataclass(frozen=True)
class PurgedStudy:
    """The searches, and the data that they were made on."""

    market: str
    digest: str
    span: tuple[str, str]
    cases: int
    episodes: int
    searches: tuple[Search, ...]


def measure(data: str, *, progress: Progress = silent) -> PurgedStudy:
    """Both searches on the history in the folder `data`; InputError, one line, for what is wrong with it."""
    overrides = [f"outcome.horizon={HORIZON}", QUESTIONS, "sensitivity.horizons=[]", "pullback.horizons=[]"]
    study = Study.prepare(EXPERIMENT, data=data, as_of=ENDS, overrides=overrides)
    sample, panel = study.dataset.sample, study.dataset.panel
    settled = np.flatnonzero(sample.settled.all(axis=1))
    number = episode_numbers(sample.rows[settled], HORIZON)
    plan: list[tuple[str, tuple[float, ...], float, Forecast, Callable[[Float, Int], Float]]] = [
        ("logistic.prior_sd", LOGISTIC, Logistic().prior_sd, _logistic(sample), _brier),
        ("shared.prior_sd", SHARED, Shared().prior_sd, _shared(sample, study.companions), _met),
    ]
    searches = []
    for name, variants, default, forecast, loss in plan:
        losses, plain = path_losses(sample, settled, variants, forecast, loss, progress=_named(progress, name))
        skill = 1 - losses.sum(axis=1) / plain.sum(axis=1)[:, None]
        searches.append(Search(name, variants, default, skill, backtest_overfitting(losses.mean(axis=0), number)))
    days = sample.surge_sessions[settled]
    return PurgedStudy(
        panel.market, panel.digest[:10], (str(days[0]), str(days[-1])), len(settled), len(np.unique(number)), tuple(searches)
    )


def path_losses(
    sample: Sample,
    settled: Int,
    variants: Sequence[float],
    forecast: Forecast,
    loss: Callable[[Float, Int], Float],
    *,
    progress: Progress = silent,
) -> tuple[Float, Float]:
    """Loss of every settled surge on every path, the mean of the questions: of the variants (paths, n, m), and of climatology (paths, n).

    Training cases share no session with a test, nor begin within a horizon after it; climatology is that of the training cases.
    """
    rows, happened = sample.rows[settled], sample.outcomes[settled].astype(np.int64)
    splits = list(purged_splits(rows, rows + HORIZON, groups=GROUPS, tested=TESTED, embargo=HORIZON))
    losses, plain = np.full((len(splits), len(rows), len(variants)), np.nan), np.full((len(splits), len(rows)), np.nan)
    times = np.zeros((GROUPS, len(rows)))  # a stretch is tested with each other once, with itself always
    for number, split in enumerate(splits):
        outcomes = np.full(sample.outcomes.shape, UNSETTLED, dtype=np.int8)
        outcomes[settled[split.train]] = sample.outcomes[settled[split.train]]
        trained = replace(sample, outcomes=outcomes)
        came, places = happened[split.test], settled[split.test]
        for m, variant in enumerate(variants):
            losses[number, split.test, m] = loss(forecast(trained, places, variant), came)
        plain[number, split.test] = loss(np.tile(frequencies(trained), (len(places), 1, 1)), came)
        times[np.array(split.groups)[:, None], split.test] += 1
        progress("splits", number + 1, len(splits))
    places = backtest_paths(GROUPS, TESTED)[:, times.argmax(axis=0)]  # (paths, n): the split that forecasts each surge
    each = np.arange(len(rows))
    return losses[places, each], plain[places, each]


def _logistic(sample: Sample) -> Forecast:
    def forecast(trained: Sample, places: Int, prior_sd: float) -> Float:
        # one regime: a chain of regimes would be fitted to returns of the test as well
        fitted = Logistic(prior_sd=prior_sd, regimes=1).fit([trained])
        return np.stack([fitted.predict(sample.up_to(int(sample.rows[m])), key=0, paths=0).probabilities for m in places])

    return forecast


def _shared(sample: Sample, companions: Sequence[Sample]) -> Forecast:
    shape, rule = barrier_hit_inputs(sample), Shared()

    def forecast(trained: Sample, places: Int, prior_sd: float) -> Float:
        apart = [_apart(one, sample, places) for one in companions]
        fitted = fit_barrier_hit([trained, *apart], prior_sd=prior_sd, market_sd=rule.market_sd, evidence=rule.evidence)
        met = expit(fitted.log_odds_of_all(shape)[places])
        return np.stack([met / 2, 1 - met, met / 2], axis=-1)

    return forecast


def _apart(companion: Sample, target: Sample, places: Int) -> Sample:
    """`companion` without the outcomes that share a day with the tested stretches of `target`, or begin within a horizon after them."""
    begin = companion.surge_sessions
    end = companion.sessions[np.minimum(companion.rows + HORIZON, len(companion) - 1)]
    clear = np.ones(len(begin), dtype=bool)
    for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
        last = min(int(target.rows[run[-1]]) + 2 * HORIZON, len(target) - 1)
        clear &= (end < target.sessions[target.rows[run[0]]]) | (begin > target.sessions[last])
    return replace(companion, outcomes=np.where(clear[:, None], companion.outcomes, UNSETTLED).astype(np.int8))


def _brier(p: Float, happened: Int) -> Float:
    """Mean of the questions, (n,), of p (n, q, 3)."""
    return np.mean([brier(p[:, q], happened[:, q]) for q in range(p.shape[1])], axis=0)


def _met(p: Float, happened: Int) -> Float:
    """The same of whether a barrier is met at all: the prior decides nothing else."""
    return np.asarray((2 * (p[..., STALL] - (happened == STALL)) ** 2).mean(axis=1))


def _named(progress: Progress, name: str) -> Progress:
    return lambda stage, done, total: progress(f"{name}, {stage}", done, total)


def page(study: PurgedStudy, day: str) -> str:
    """docs/overfitting.md."""
    lines = [
        "# What choices by search are worth",
        "",
        paragraph(
            f"Made on {day} by `python -m experiments.purged`, on the {study.market}, {study.span[0]} to {study.span[1]} (data "
            f"{study.digest}): {study.cases} surge sessions of {study.episodes} episodes, four questions over {HORIZON} sessions. It "
            "ends before the first forecast that is judged, and is another index.",
            PAGE_WIDTH,
        ),
        paragraph(
            f"Time is cut into {GROUPS} stretches; every {TESTED} of them are forecast from the others, without the cases that share a "
            "session with them or begin within a horizon after them, in this market and its companions (Lopez de Prado 2018). That makes "
            f"{study.searches[0].skill.shape[0]} whole histories. Models see what came after a test too, so skill compares variants and "
            "says nothing of what a forecast is worth. Skill is Brier skill over climatology, of three outcomes for the logistic, of "
            "whether a barrier is met at all for the shared model, whose prior decides nothing else.",
            PAGE_WIDTH,
        ),
    ]
    for search in study.searches:
        lines += [f"## {search.name}", "", *table(["standard deviation", "mean skill", "worst path", "best path"], _rows(search)), ""]
        lines += [paragraph(_verdict(search), PAGE_WIDTH)]
    lines += [
        paragraph(
            "The other choices by search have theirs: families of features in [ablation.md](ablation.md), ways of combining in "
            "`metrics.json` of every run, under `combination.overfitting`, and in `python -m forecast evaluate`.",
            PAGE_WIDTH,
        )
    ]
    return "\n".join(lines)


def _rows(search: Search) -> list[list[str]]:
    return [
        [
            f"{variant:g}{' (in use)' if variant == search.default else ''}",
            *(f"{value:+.4f}" for value in (path.mean(), path.min(), path.max())),
        ]
        for variant, path in zip(search.variants, search.skill.T, strict=True)
    ]


def _verdict(search: Search) -> str:
    place = search.variants.index(search.default)
    mean = search.skill.mean(axis=0)
    if search.best == search.default:
        verdict = f"The value in use, {search.default:g}, is the best of these"
    else:
        more = mean.max() - mean[place]
        verdict = f"{search.best:g} is better here than {search.default:g}, which is in use, by {more:.4f}; nothing was changed"
    return (
        f"{verdict}. Picked by its loss on one half of the episodes, the best variant is no better than the median on the other half in "
        f"{search.overfitting.probability:.0%} of the halvings (probability of backtest overfitting)."
    )


def purged(
    data: Annotated[str, typer.Option(help="Folder of the files that experiments/nasdaq.toml names.")],
    output: Annotated[Path, typer.Option(help="Folder of overfitting.md.")] = Path("docs"),
) -> None:
    """Measure how strong priors should be, before 1997."""
    with shown_progress() as progress:
        text = page(measure(data, progress=progress), f"{date.today():%Y-%m-%d}")
    output.mkdir(parents=True, exist_ok=True)
    (output / "overfitting.md").write_text(text, "utf-8")
    typer.echo(f"{text}\nWritten: {output / 'overfitting.md'}")


if __name__ == "__main__":
    from forecast.cli.app import main

    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(purged)
    main(command=app, name="python -m experiments.purged")
