"""The morning sheet as one page that needs nothing else, for a screen and for a phone."""

from collections.abc import Callable, Collection
from importlib.metadata import version

from forecast.report.answer_words import day
from forecast.report.html.number_format import MINUS, counted, number, percent, percents, signed_percent
from forecast.report.html.page_elements import Section
from forecast.report.html.rendering import rendered
from forecast.report.markets.change import became
from forecast.report.markets.morning_sheet import MorningSheet
from forecast.report.sentences import PRINT_ORDER

FILTERS: dict[str, Callable[..., object]] = {
    "became": became,
    "day": day,
    "gain": signed_percent,
    "in_order": lambda p: " / ".join(cell.removesuffix("\N{NO-BREAK SPACE}%") for cell in percents(p)),
    "minus": lambda text: text.replace("-", MINUS),
    "share": percent,
    "sigmas": lambda z: f"{number(z, '.1f')}\N{NO-BREAK SPACE}sigma",
}


def sheet_page(sheet: MorningSheet, reports: Collection[str]) -> str:
    """The page as HTML.

    Parameters
    ----------
    sheet : MorningSheet
    reports : collection of str
        Names of the markets whose report.html stands in their folder beside the page.

    Returns
    -------
    str
    """
    facts = (
        f"{counted(len(sheet.markets), 'market')}, known to the close of {sheet.as_of or 'no day'}; made {sheet.made:%Y-%m-%d %H:%M} UTC"
    )
    names = {"sheet": sheet, "reports": reports, "outcomes": PRINT_ORDER, "version": version("smallcap-surge"), "facts": facts}
    return rendered("morning_sheet.html", "Morning sheet", _sections(sheet), {}, filters=FILTERS, **names)


def _sections(sheet: MorningSheet) -> list[Section]:
    """Those in a surge today, the others, and what went wrong; a part that holds nothing is left out but for the first."""
    count = len(sheet.surges)
    today = f"{counted(count, 'market')} in a surge, the largest first." if count else "No market is in a surge today."
    sections = [Section("today", "In a surge today", (today,))]
    if sheet.others:
        sections.append(Section("others", "The others", ("Each with its last surge, the latest first.",)))
    if sheet.problems:
        sections.append(Section("problems", "What went wrong", points=tuple(sheet.problems)))
    return sections
