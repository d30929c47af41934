"""The scenarios of an answer as tables for a person: one a question, and a line a scenario on what it states."""

from rich.box import SIMPLE_HEAD
from rich.table import Table

from forecast.runs.answer.scenarios import ScenarioAnswer, ScenarioDriver
from forecast.target.outcome import CONTINUE, OUTCOMES, REVERSE

LEAN = "continue - reverse"


def scenario_table(title: str, today: dict[str, float], scenarios: list[ScenarioAnswer], label: str, width: int) -> Table:
    """The probabilities of the question `label` today and under each scenario, and how much further each leans to `continue`."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, width=width)
    table.add_column("")
    for heading in (*OUTCOMES, LEAN, "change"):
        table.add_column(heading, justify="right")
    table.add_row("as things stand", *_cells(today), f"{_lean(today):+.1%}", "", style="bold", end_section=True)
    for scenario in scenarios:
        found = scenario.probabilities[label]
        table.add_row(named(scenario), *_cells(found), f"{_lean(found):+.1%}", f"{_lean(found) - _lean(today):+.1%}")
    return table


def stated(scenario: ScenarioAnswer) -> str:
    """What the scenario states, in one line."""
    told = "; ".join(_stated(driver) for driver in scenario.drivers) or "nothing that a model sees"
    return f"{named(scenario)}: {told}" + (f" (asked again: {', '.join(scenario.components)})" if scenario.components else "")


def named(scenario: ScenarioAnswer) -> str:
    """The scenario's name in words."""
    return scenario.scenario.replace("_", " ")


def _stated(driver: ScenarioDriver) -> str:
    today = "not known today" if driver.today is None else f"today {driver.today:.3g}"
    return f"{driver.feature} {driver.value:.3g} ({today})"


def _cells(probabilities: dict[str, float]) -> list[str]:
    return [f"{probabilities[outcome]:.1%}" for outcome in OUTCOMES]


def _lean(probabilities: dict[str, float]) -> float:
    return probabilities[OUTCOMES[CONTINUE]] - probabilities[OUTCOMES[REVERSE]]
