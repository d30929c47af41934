"""The reply to one question, on the screen."""

from rich.console import Console
from rich.text import Text

from forecast.report.text.console import plain_table
from forecast.runs.ask.event_forecast import EventForecast


def show_event(screen: Console, reply: EventForecast) -> None:
    """The question, a row an outcome, and how far the forecast is to be trusted near it."""
    title = f"{reply.asks[0].upper()}{reply.asks[1:]}, after the surge of {reply.surge}, by {reply.by}?"
    share = f"{reply.level:.0%} range"
    table = plain_table(title, ("", "forecast", share, "base rate", share), padding=(0, 1))
    for name, each in reply.outcomes.items():
        ranges = [f"{100 * low:.0f}-{100 * high:.0f} %" for low, high in ((each.low, each.high), (each.base_low, each.base_high))]
        table.add_row(name, f"{100 * each.probability:.0f} %", ranges[0], f"{100 * each.base_rate:.0f} %", ranges[1])
    screen.print(table)
    screen.print(Text(f"{reply.trust} The base rate is worth {reply.base_episodes} episodes."))
