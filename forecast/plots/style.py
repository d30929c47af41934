"""Style: one look for every picture of the package, drawn without a display and without matplotlib's global state."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from features.errors import InputError

# Okabe and Ito (2008), told apart with every common colour vision: blue, vermilion, green, orange, sky, purple.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7")
INK, FAINT = "#222222", "#B8B8B8"
DENSITY = "Blues"  # one hue, light to dark: the same order in grey
KINDS = ("png", "svg")
DPI = 160
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
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "smallcap-surge",  # the same picture, the same bytes
}


@contextmanager
def canvas(width: float, height: float) -> Iterator[Any]:
    """A Figure of `width` by `height` inches in the package's look, with constrained layout; what is set is undone afterwards."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(LOOK):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure


def check_picture(path: Path) -> Path:
    """`path`, if a picture can be written there; InputError for an ending that is none of KINDS and for a folder that is not there."""
    if path.suffix.lstrip(".").lower() not in KINDS:
        raise InputError(f"--picture {path}: must end in .png or .svg, got {path.suffix or 'no ending'}; give such a name")
    if not path.absolute().parent.is_dir():
        raise InputError(f"--picture {path}: there is no folder {path.absolute().parent}; make it first")
    return path


def write(figure: Any, path: Path) -> Path:
    """Writes the picture; the same figure gives the same bytes."""
    import matplotlib as mpl

    kind = path.suffix.lstrip(".").lower()
    with mpl.rc_context(LOOK):
        figure.savefig(path, dpi=DPI, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return path
