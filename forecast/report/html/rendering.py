"""Rendering: sections and their pictures as one HTML file that needs nothing else."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from forecast.report.html.inline_svg import box, inlined
from forecast.report.html.page_elements import Picture, Section
from forecast.report.plots.style import PAGE, PHONE, THEME, canvas, print_to

if TYPE_CHECKING:
    from markupsafe import Markup

CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Drawing:
    """A picture inside the page: the viewBox and content of an SVG for a wide and for a narrow window.

    `figure` and `svg` are the wide one, which becomes a PNG and an SVG file.
    """

    alt: str
    page: tuple[str, str]
    phone: tuple[str, str]
    svg: str
    figure: Any


def drawing_of(picture: Picture) -> Drawing:
    """`picture` drawn for a page and for a phone."""
    wide, page = _drawn(picture, PAGE, picture.page)
    _, phone = _drawn(picture, PHONE, picture.phone)
    inside, narrow = ((box(svg), inlined(svg, f"{picture.name}-{which}")) for svg, which in ((page, "w"), (phone, "n")))
    return Drawing(picture.alt, inside, narrow, page, wide)


def rendered(
    template: str,
    title: str,
    sections: Sequence[Section],
    drawings: Mapping[str, Drawing],
    *,
    filters: Mapping[str, Callable[..., object]] = MappingProxyType({}),
    **names: Any,
) -> str:
    """The page by a `template` of this package, which may use further `filters` and `names`; `drawings` are by the key of their section."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("forecast.report.html"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters.update(filters, coded=_coded)
    theme = {name.replace("_", "-"): shade for name, shade in THEME.items()}
    return templates.get_template(template).render(title=title, sections=sections, drawings=drawings, theme=theme, **names)


def _drawn(picture: Picture, width: float, height: float) -> tuple[Any, str]:
    """The figure, and its SVG."""
    with canvas(width, height) as figure:
        picture.paint(figure)
    text = io.StringIO()
    print_to(figure, text, "svg")
    return figure, text.getvalue()


def _coded(text: str) -> "Markup":
    """A sentence as HTML, escaped, with text between backticks as code."""
    from markupsafe import Markup, escape

    return Markup(CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704
