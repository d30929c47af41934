"""The scenarios of an answer as a table, and a line a scenario on what it assumes."""

from rich.table import Table

from forecast.report.sentences import PRINT_ORDER
from forecast.report.text.cells import percents
from forecast.report.text.console import WIDTH, plain_table
from forecast.runs.answer.feature_words import feature_title, feature_value
from forecast.runs.answer.scenarios import ScenarioAnswer, ScenarioDriver
from forecast.runs.answer.sensitivity import lean


def scenario_table(title: str, today: dict[str, float], scenarios: list[ScenarioAnswer], label: str) -> Table:
    """The probabilities of the question `label` today and under each scenario, and how much further each leans to `continue`."""
    headings = ("", *PRINT_ORDER, "continue - reverse", "change")
    table = plain_table(title, headings, wrap=range(len(headings)), padding=(0, 1), width=WIDTH - 10)
    table.add_row("as things stand", *percents(today), f"{lean(today):+.1%}", "", style="bold", end_section=True)
    for scenario in scenarios:
        p = scenario.probabilities[label]
        table.add_row(scenario_name(scenario), *percents(p), f"{lean(p):+.1%}", f"{lean(p) - lean(today):+.1%}")
    return table


def scenario_assumptions(scenario: ScenarioAnswer) -> str:
    """The drivers' values that the scenario assumes, and the components that see them, in one line."""
    values = "; ".join(_value(driver) for driver in scenario.drivers) or "nothing that a model sees"
    return f"{scenario_name(scenario)}: {values}" + (f" (asked again: {', '.join(scenario.components)})" if scenario.components else "")


def scenario_name(scenario: ScenarioAnswer) -> str:
    """The scenario's name in words."""
    return scenario.scenario.replace("_", " ")


def _value(driver: ScenarioDriver) -> str:
    today = "not known today" if driver.today is None else f"today {feature_value(driver.feature, driver.today)}"
    return f"{feature_title(driver.feature)} {feature_value(driver.feature, driver.value)} ({today})"
