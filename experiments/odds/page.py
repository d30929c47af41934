"""The page of the rate odds, and its picture: do the odds mean what they say?"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.odds import record as record_of
from features.files.table import dates, read_table
from features.rates.decision_day import DecisionDay
from features.rates.distribution import Distribution
from features.rates.fedwatch import DEFAULT_RULE, odds
from features.rates.strip import StripRule
from features.sources import fedwatch, futures
from forecast.report.plots.style import CATEGORIES, FAINT, canvas, write

PAGE, PICTURE = "rate_odds.md", "rate_odds.png"
FIRST = "1994-01-01"  # before, decisions were not announced and many came between meetings
CONVENTION_ERAS = (("1994-2002", 1994, 2002), ("2003-2008", 2003, 2008), ("2009-2023", 2009, 2023))
ERAS = (("1989-2000", 1989, 2000), ("2001-2008", 2001, 2008), ("2009-2023", 2009, 2023))
FRIDAY, MONDAY = "2023-09-15", "2023-09-18"  # the last day of the futures, the first of the published history

HEAD = """# Do the rate odds mean what they say?

Made by `python -m experiments.odds --data DIR`, from fed funds futures of {start} to {end}, the effective rate (DFF), and the meetings
of the package's calendar as they were known on each day.

![Left, reliability of the odds of a cut: frequencies near the probabilities. Right, errors of the futures by days to go](rate_odds.png)
"""


def write_page(data: Path, docs: Path) -> Path:
    """Measures the odds on the files in `data`, and writes `docs`/rate_odds.md and rate_odds.png."""
    docs.mkdir(parents=True, exist_ok=True)
    prices = futures.curve(data / "zq_curve.csv.gz")
    effective = _effective(data / "fred_daily.csv.gz")
    errors = record_of.month_errors(prices, effective)
    record = record_of.cut_record(prices, FIRST)
    by_convention = {convention: record_of.cut_record(prices, FIRST, decision_day=convention) for convention in DecisionDay}
    page = [
        HEAD.format(start=f"{prices.index[0]:%Y-%m-%d}", end=f"{prices.index[-1]:%Y-%m-%d}"),
        _cuts(record),
        _reliability(record),
        _decision_days(by_convention, record_of.shares_on_the_day(effective)),
        _months(errors),
        _splice(data),
    ]
    (docs / PAGE).write_text("\n".join(page), encoding="utf-8")
    _draw(record, errors, docs / PICTURE)
    return docs / PAGE


def _effective(path: Path) -> pd.Series:
    frame = read_table(path, ("Date", "DFF"))
    values = pd.to_numeric(frame["DFF"], errors="coerce").to_numpy(np.float64)
    return pd.Series(values, index=pd.DatetimeIndex(dates(frame["Date"], path, "Date"))).dropna()


def _cuts(record: pd.DataFrame) -> str:
    shared = record_of.common(record)
    meetings, cuts = shared["meeting"].nunique(), int(shared.groupby("meeting")["cut"].max().sum())
    rows = []
    for label, part in record_of.by_lead(shared):
        scores = [record_of.brier(part, rule.value) for rule in StripRule]
        rows.append(
            f"| {label} | {len(part)} | {part['meeting'].nunique()} | {record_of.brier(part, 'climatology'):.4f} | "
            + " | ".join(f"{score:.4f}" for score in scores)
            + f" | {record_of.difference_t(part, DEFAULT_RULE.value, 'climatology'):+.1f} |"
        )
    pairs = [(first, second) for place, first in enumerate(StripRule) for second in list(StripRule)[:place]]
    contests = "\n".join(
        f"| {first} against {second} | "
        + " | ".join(f"{record_of.difference_t(part, first.value, second.value):+.1f}" for _, part in record_of.by_lead(shared))
        + " |"
        for first, second in pairs
    )
    missing = ", ".join(f"{rule} {int(record[rule.value].isna().sum())}" for rule in StripRule)
    return f"""## A cut by the next scheduled meeting

Brier score of the odds of a target, after the next scheduled meeting, below the one in force; every trading day of 1994 to 2023 that is
1 to 60 days ahead of it, {len(shared)} of them before {meetings} meetings, {cuts} of which ended below. Climatology is the share of earlier
scheduled meetings that cut. t is that of the mean difference, clustered by meeting; a negative one speaks for the first.

| days ahead | days | meetings | climatology | {" | ".join(StripRule)} | t, {DEFAULT_RULE} against climatology |
|{"---|" * 8}
{chr(10).join(rows)}

| t, days ahead | {" | ".join(label for label, _ in record_of.by_lead(shared))} |
|{"---|" * (1 + len(record_of.LEADS) + 1)}
{contests}

Days without an answer, where rounding alone would leave a move uncertain by half a step: {missing}. The rules differ most in the last
two weeks: where the month just past had no meeting, its average is the rate before this one, and CME's sheet sets it aside.
`{DEFAULT_RULE}` uses it and is the default: better than `cme` on this record, and not to be told from `least_squares`.
"""


def _reliability(record: pd.DataFrame) -> str:
    shared = record_of.common(record)
    rows = [
        f"| {row['low']:.2f} to {row['high']:.2f} | {row['days']} | {row['meetings']} | {row['said']:.3f} | {row['was']:.3f} |"
        for row in record_of.reliability(shared, DEFAULT_RULE.value).to_dict("records")
    ]
    return f"""## Reliability of the default rule

| odds of a cut | days | meetings | mean of the odds | share of days that were followed by one |
|{"---|" * 5}
{chr(10).join(rows)}

The days of one meeting are one event: read the column of meetings before the shares. Odds between a quarter and three quarters were too
timid: more of them came than they said.
"""


def _decision_days(by_convention: Mapping[DecisionDay, pd.DataFrame], shares: pd.Series) -> str:
    before, after = (by_convention[convention] for convention in (DecisionDay.BEFORE, DecisionDay.AFTER))
    odds_by_day = before.assign(before=before[DEFAULT_RULE.value], after=after[DEFAULT_RULE.value]).dropna(subset=["before", "after"])
    rows = []
    for label, first, last in CONVENTION_ERAS:
        part, changes = odds_by_day.loc[str(first) : str(last)], shares.loc[str(first) : str(last)]
        apart = 100 * (part["before"] - part["after"]).abs()
        rows.append(
            f"| {label} | {len(changes)} | {changes.median() + 0:.2f} | {len(part)} | {record_of.brier(part, 'before'):.4f} | "
            f"{record_of.brier(part, 'after'):.4f} | {record_of.difference_t(part, 'before', 'after'):+.1f} | "
            f"{apart.mean():.1f} | {apart.max():.1f} |"
        )
    return f"""## The day of a decision

Whether that day has the old rate (`before`) or the new one (`after`): the share of the change that DFF shows on it, at the median of the
changes (0 is the rate of the day before, 1 that of the day after); and the odds of a cut by `{DEFAULT_RULE}` under both conventions, with
their Brier scores, the t of the difference (negative speaks for `before`), and how far apart they are, percentage points.

| years | changes | share on the day | days | Brier, before | Brier, after | t | apart, mean | apart, most |
|{"---|" * 9}
{chr(10).join(rows)}

The default is `after` up to 2002 and `before` from 2003 on, everywhere on this page. No figure here decided it: changes up to 2002 are on
record as effective on the day of the decision, and CME's own tables and the settlements of the contracts have `before` today. From 2003 to
2008 the day had something of both, and the scores cannot tell them apart.
"""


def _months(errors: pd.DataFrame) -> str:
    rows = []
    for low, high in record_of.HORIZONS:
        cells = []
        for _, first, last in (("all", 1989, 2023), *ERAS):
            years = errors["month"].dt.year
            part = errors[(years >= first) & (years <= last)]
            bias = record_of.bias(part, low, high)
            cells.append(f"{bias.mean:+.1f} ({bias.t:+.1f}), {bias.rmse:.1f}")
        rows.append(f"| {low}-{high} | " + " | ".join(cells) + " |")
    return f"""## What the contracts settled at

Rate priced less the month's average of DFF, basis points: mean (t by Newey and West over months), root mean square. A positive mean is a
premium: the futures promised more than came.

| days to the end of the month | all | {" | ".join(label for label, *_ in ERAS)} |
|{"---|" * 5}
{chr(10).join(rows)}
"""


def _splice(data: Path) -> str:
    friday, history = pd.Timestamp(FRIDAY).as_unit("ns"), data / "fedwatch_2023_2024.csv.gz"
    published = fedwatch.load(history, pd.Timestamp(MONDAY).as_unit("ns"))
    listed = {each.meeting: each for day in published.values() for each in day}
    rows = []
    for rule in StripRule:
        for ours in odds(friday, futures.contracts(data / "zq_curve.csv.gz", friday), rule=rule).distributions:
            if ours.meeting in listed:
                theirs = listed[ours.meeting]
                rows.append(
                    f"| {ours.meeting:%Y-%m-%d} | {rule} | {ours.mean_change:+.1f} | {theirs.mean_change:+.1f} | {100 * ours.p_cut:.1f} | "
                    f"{100 * theirs.p_cut:.1f} | {100 * _variation(ours, theirs):.1f} |"
                )
    return f"""## Where the futures end and the published history begins

Ours at the close of Friday {FRIDAY}, CME's of Monday {MONDAY}, for the meetings that both have: mean change (basis points), odds of a cut
(percent), and total variation between the two distributions (percentage points). A weekend and a settlement lie in between, and the strip
ends with the meeting's own month: without the month after it, from which CME starts, the last move rests on the last half of that month.

| meeting | rule | mean, ours | mean, CME | cut, ours | cut, CME | variation |
|{"---|" * 7}
{chr(10).join(rows)}
"""


def _variation(first: Distribution, second: Distribution) -> float:
    """Half the sum of the absolute differences of two distributions."""
    bounds = {round(bound) for each in (first, second) for bound in each.lower}
    return sum(abs(first.probability(bound) - second.probability(bound)) for bound in bounds) / 2


def _draw(record: pd.DataFrame, errors: pd.DataFrame, path: Path) -> None:
    """Reliability by rule, and the errors of the futures by horizon."""
    shared = record_of.common(record)
    with canvas(9.2, 3.9) as figure:
        left, right = figure.subplots(1, 2)
        left.plot([0, 1], [0, 1], color=FAINT, linewidth=1.2, zorder=1)
        for rule, colour, marker in zip(StripRule, CATEGORIES, "osD", strict=False):
            curve = record_of.reliability(shared, rule.value)
            left.plot(curve["said"], curve["was"], color=colour, marker=marker, markersize=4.5, linewidth=1.2, label=rule.value)
        left.set(xlabel="odds of a cut at the next meeting", ylabel="share of days followed by one", xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
        left.set_title("Said and done, 1994-2023")
        left.set_aspect("equal")
        left.legend(loc="upper left")
        horizons = [record_of.bias(errors, low, high) for low, high in record_of.HORIZONS]
        places = np.arange(len(horizons))
        right.bar(places, [each.rmse for each in horizons], color=CATEGORIES[4], width=0.66, label="root mean square error")
        right.plot(places, [each.mean for each in horizons], color=CATEGORIES[1], marker="o", markersize=4.5, label="mean error")
        right.set_xticks(places, [f"{low}-{high}" for low, high in record_of.HORIZONS])
        right.set(xlabel="days to the end of the contract's month", ylabel="basis points")
        right.set_title("Rate priced less the month's average")
        right.legend(loc="upper left")
    write(figure, path)
