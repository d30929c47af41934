"""For whom the forecast is worth anything: what those save who protect against an event where its probability is above their price."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY, POOL
from forecast.backtest.verification.comparison import mean_gain
from forecast.backtest.verification.cost_loss import economic_value, gain_over_habit
from forecast.backtest.verification.murphy import murphy_diagram
from forecast.engines.arrays import Float
from forecast.report.html.number_format import MISSING, counted, number, percent
from forecast.report.html.page_elements import MissingPartError, PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import worth as picture
from forecast.runs.predictions.settled import SettledForecasts
from forecast.target.outcome import REVERSE
from forecast.target.question import FALL, Question

KEY, TITLE = "worth", "For whom is it worth anything?"
LEAST = 10  # settled forecasts of which a curve can be drawn
FALL_SIZE = 0.05
SURE = 1.645  # t beyond which luck alone hardly gives as much, one-sided 5 %
RATIOS = np.linspace(0.01, 0.99, 99)  # of the cost of protection to the loss that it averts
IN_TABLE = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
NAMES = {POOL: "forecast", BASE_RATE: "base rate", CLIMATOLOGY: "climatology", "ewma": "EWMA", "garch": "GJR"}


@dataclass(frozen=True)
class EventWorth:
    """An event's curves by forecaster, each (99,) over RATIOS, and the t of what the forecast saves where it saves most."""

    name: str
    share: float
    regret: dict[str, Float]
    value: dict[str, Float]
    t: float

    @property
    def best(self) -> int:
        """Place of the ratio at which the forecast is worth most."""
        return int(np.argmax(self.value[POOL]))

    @property
    def sentence(self) -> str:
        """For whom, and how much."""
        value = self.value[POOL]
        prices = RATIOS[value > 0]
        if not len(prices):
            return f"against {self.name}, nobody: at any price, protecting always or never has cost less"
        base = f"; the base rate there {percent(self.value[BASE_RATE][self.best])}" if BASE_RATE in self.value else ""
        return (
            f"against {self.name}, whoever pays between {percent(float(prices[0]))} and {percent(float(prices[-1]))} of the loss for "
            f"protection has saved at most {percent(float(value[self.best]))} of what a perfect forecast saves "
            f"(t {number(self.t, '.1f')}{base})"
        )


def section(data: ReportData) -> Section:
    """The value by the price of protection, and the Murphy diagram, of reversing and of a fall."""
    main = data.record(LEAST, "its worth")
    events = [event for record, name in _records(data, main) if (event := worth(record, name)) is not None]
    if not events:
        raise MissingPartError("The index has always reversed in what is settled, or never, so no forecast of it can be worth anything.")
    episodes = counted(len(set(main.episodes.tolist())), "episode")
    surely = any(event.t >= SURE for event in events)
    opening = f"For some, by {episodes}" if surely else f"For nobody surely, as far as {episodes} can tell"
    text = (
        f"{opening}: {'; '.join(event.sentence for event in events)}.",
        "Value is saved over the better of protecting always and never, as a share of what a perfect forecast saves; below nought it costs "
        "more than it saves. Regret is the mean loss that a perfect forecast has averted (a Murphy diagram): of two curves the lower "
        "is better at that price, and one that is lower everywhere is better by every proper score. The highest value is "
        "sought out among all prices, so its t flatters.",
    )
    curves = {event.name: (event.value, event.regret) for event in events}
    title = f"{data.series}: what it is worth to protect by a forecast"
    alt = f"Above, the value of five forecasts by the price of protection; below, their Murphy diagram. {text[0]}"
    paint = partial(picture.paint, title=title, ratios=RATIOS, curves=curves, names=NAMES)
    drawn = Picture(KEY, alt, paint, 5.2, 3.2 + 3.6 * len(events))
    return Section(KEY, TITLE, text, drawn, tuple(_table(event) for event in events))


def _records(data: ReportData, main: SettledForecasts) -> list[tuple[SettledForecasts, str]]:
    fall = Question(horizon=main.question.horizon, barrier=FALL, size=FALL_SIZE)
    others = [(record, fall.title) for record in data.records if record.question == fall and len(record) >= LEAST]
    return [(main, f"a reversal ({main.question.title})"), *others]


def worth(record: SettledForecasts, name: str) -> EventWorth | None:
    """The curves of a record's reversals; None where all of them came, or none."""
    happened = record.happened(REVERSE)
    if happened.all() or not happened.any():
        return None
    probabilities = {each: record.probabilities[each][:, REVERSE] for each in NAMES if each in record.probabilities}
    value = {each: economic_value(p, happened, RATIOS) for each, p in probabilities.items()}
    best = RATIOS[[int(np.argmax(value[POOL]))]]
    gain = mean_gain(gain_over_habit(probabilities[POOL], happened, best)[:, 0], horizon=record.question.horizon)
    regret = {each: murphy_diagram(p, happened, RATIOS) for each, p in probabilities.items()}
    return EventWorth(name, float(happened.mean()), regret, value, gain.t)


def _table(event: EventWorth) -> PageTable:
    places = [int(np.argmin(np.abs(RATIOS - ratio))) for ratio in IN_TABLE]
    rows = [
        (
            percent(float(RATIOS[place])),
            *(percent(float(curve[place])) if np.isfinite(curve[place]) else MISSING for curve in event.value.values()),
        )
        for place in places
    ]
    caption = f"Value against {event.name}, which came in {percent(event.share)}"
    return PageTable(caption, ("price of protection", *(NAMES[each] for each in event.value)), tuple(rows))
