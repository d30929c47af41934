"""The look of every picture."""

from typing import Any

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#b8b8b8"  # of Okabe and Ito (2008), told apart by all; grey for what is past


def style() -> dict[Any, Any]:
    """Settings for `matplotlib.rc_context`: plain axes, small type, colours that are told apart by all."""
    return {
        "font.size": 8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "lines.linewidth": 1.2,
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
    }
