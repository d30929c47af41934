"""Style: one look for every picture of the package, drawn without a display and without matplotlib's global state."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from features.errors import InputError
from forecast.report.plots.layout import arrange


class Shade(NamedTuple):
    """A colour on white paper and on a dark page."""

    light: str
    dark: str


# One colour, one meaning: blue is continue, grey stall, vermilion reverse, and nothing else. What is no outcome is in ink or the accent:
# wine, and yellow on a dark page. Blue and vermilion are Okabe and Ito's (2008); tests hold that all five are told apart with every common
# colour vision, and the contrasts. Texts in a hue are darker than its lines, so that small letters can be read (`*_text`).
THEME = {
    "paper": Shade("#FEFEFE", "#14171C"),
    "ink": Shade("#222222", "#E8EAED"),
    "muted": Shade("#555555", "#AEB4BC"),
    "faint": Shade("#B8B8B8", "#5B636D"),
    "grid": Shade("#E6E6E6", "#2B3038"),
    "shade": Shade("#F3F3F3", "#20252C"),
    "blue": Shade("#0072B2", "#4FA8E0"),
    "vermilion": Shade("#D55E00", "#F5883A"),
    "grey": Shade("#8A8A8A", "#949BA4"),
    "accent": Shade("#882255", "#F0E442"),
    "accent_middle": Shade("#B9789A", "#9A9337"),
    "accent_pale": Shade("#E9D3DE", "#4A482A"),
    "blue_text": Shade("#006BA8", "#63B4EA"),
    "vermilion_text": Shade("#B34E00", "#FA9A55"),
    "grey_text": Shade("#626262", "#A9B0B8"),
}
PAPER, INK, MUTED, FAINT, GRID, BOX = (THEME[name].light for name in ("paper", "ink", "muted", "faint", "grid", "shade"))
CATEGORIES = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7")  # Okabe and Ito's, for studies: no outcome is drawn there
OUTCOME_COLOURS = {"continue": THEME["blue"].light, "stall": THEME["grey"].light, "reverse": THEME["vermilion"].light}
OUTCOME_TEXT = {name: THEME[f"{hue}_text"].light for name, hue in (("continue", "blue"), ("stall", "grey"), ("reverse", "vermilion"))}
TILES = {  # ends of colour maps, hardly other than the accent and the outcomes: these are other colours on a dark page, which tiles are not
    "density": ("#FFFFFF", "#862154"),
    "lean": ("#D35D01", "#FFFFFF", "#0170B0"),
}
ON_TILES = "#000000"  # ink on coloured tiles, which are as light on a dark page; black or white has a contrast of 4.5 on any colour
TINTS = PALE, MIDDLE, ACCENT = tuple(THEME[name].light for name in ("accent_pale", "accent_middle", "accent"))  # in this order in grey too
SOLID, DASHED, DOTTED, BROKEN = "-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.2, 1.2, 1.2))
LINES = {  # of the forecast and of what it is compared with
    "forecast": (INK, SOLID),
    "base_rate": (ACCENT, SOLID),
    "climatology": (INK, DOTTED),
    "ewma": (ACCENT, DASHED),
    "garch": (ACCENT, DOTTED),
}
BACKING = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.7, "pad": 0.6}  # of letters over lines, which stay visible
KINDS = ("png", "svg")
DPI, COMPRESSION = 160, 2  # of PNG; more compression costs more time than drawing
PAGE, PHONE = 7.4, 3.75  # inches that a picture is wide on a page, and on a phone held upright
LETTERS, BOLD_LETTERS = 13.5, 10.5  # in an inch: of 9 points, and of 10.5 in bold
LOOK: Any = {
    "font.size": 9.0,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "smallcap-surge",  # the same picture, the same bytes
}


@contextmanager
def canvas(width: float, height: float, figure_class: Any = None) -> Iterator[Any]:
    """A Figure of `width` by `height` inches in the package's look and layout; matplotlib's settings are restored afterwards.

    figure_class : matplotlib's Figure, or one of its own kind.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(LOOK):
        figure = (figure_class or Figure)(figsize=(width, height))
        FigureCanvasAgg(figure)
        yield figure
        arrange(figure)


def is_narrow(figure: Any) -> bool:
    """Whether the figure is for a phone, so that panels stand one below the other."""
    return bool(figure.get_figwidth() < (PAGE + PHONE) / 2)


def wrapped(figure: Any, text: str, letters: float = LETTERS) -> str:
    """`text` in lines that fit the width of the figure, at so many letters an inch."""
    import textwrap

    return textwrap.fill(text, round(letters * figure.get_figwidth()))


def heading(figure: Any, text: str) -> None:
    """`text` above everything on the figure, in bold, on as many lines as it takes."""
    figure.suptitle(wrapped(figure, text, BOLD_LETTERS), x=0.01, ha="left", fontsize=10.5, fontweight="bold", parse_math=False)


def draw_barrier(
    axes: Any, outcome: str, level: float, horizon: int, label: str, *, at: tuple[float, float], zorder: int, **letters: Any
) -> None:
    """A barrier from the surge to the horizon, its label on the outer side, `at` sessions and points to the right."""
    side, sign = ("bottom", 1) if level > 0 else ("top", -1)
    axes.plot([0, horizon], [level, level], color=OUTCOME_COLOURS[outcome], linewidth=2.2, zorder=zorder, solid_capstyle="butt")
    style = {"textcoords": "offset points", "color": OUTCOME_TEXT[outcome], "va": side, "zorder": 8, "bbox": BACKING}
    axes.annotate(label.replace("-", "\N{MINUS SIGN}"), (at[0], level), xytext=(at[1], 4 * sign), **style, **letters)


def few_dates(figure: Any, axes: Any) -> None:
    """As many dates below `axes` as the width of the figure has room for."""
    import matplotlib.dates

    dates: Any = matplotlib.dates
    if is_narrow(figure):
        locator = dates.AutoDateLocator(minticks=2, maxticks=5)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(dates.AutoDateFormatter(locator))


@cache
def density_colours() -> Any:
    """Colour map of a size from nought: paper to accent."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("density", TILES["density"])


@cache
def lean_colours() -> Any:
    """Colour map from reverse over white to continue."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("lean", TILES["lean"])


def luminance(colour: Any) -> float:
    """Relative luminance of a colour, 0 to 1, as WCAG 2.2 defines it."""
    from matplotlib.colors import to_rgb

    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: Any, second: Any) -> float:
    """Contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it; small letters want 4.5, large ones and lines 3."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def ink_on(tile: Any) -> str:
    """White or ON_TILES, whichever is read more easily on a tile of this colour."""
    return max(("white", ON_TILES), key=lambda ink: contrast(ink, tile))


def check_picture(path: Path) -> Path:
    """`path`, if a picture can be written there; InputError for an ending that is none of KINDS and for a folder that is not there."""
    if path.suffix.lstrip(".").lower() not in KINDS:
        raise InputError(f"--picture {path}: must end in .png or .svg, got {path.suffix or 'no ending'}; give such a name")
    if not path.absolute().parent.is_dir():
        raise InputError(f"--picture {path}: there is no folder {path.absolute().parent}; make it first")
    return path


def write(figure: Any, path: Path) -> Path:
    """Writes the picture; the same figure gives the same bytes."""
    print_to(figure, path, path.suffix.lstrip(".").lower())
    return path


def print_to(figure: Any, target: Any, kind: str) -> None:
    """Writes the picture to a path or a stream."""
    import matplotlib as mpl

    options: dict[str, dict[str, Any]] = {
        "svg": {"metadata": {"Date": None}},
        "png": {"metadata": {"Software": None}, "dpi": DPI, "pil_kwargs": {"compress_level": COMPRESSION}},
    }
    with mpl.rc_context(LOOK):
        figure.savefig(target, format=kind, **options[kind])
