"""An SVG of matplotlib's inside a page: its colours follow the page's, its text the page's letters, its names clash with no other's."""

import re

from forecast.report.plots.style import THEME

DECIMALS = 2  # of a point: a hundredth of one is seen by nobody
_NAMES = {shade.light.lower(): name.replace("_", "-") for name, shade in THEME.items()}


def inlined(svg: str, prefix: str) -> str:
    """The content of `<svg>` in HTML, without any address, with ids that begin with `prefix`."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style[^>]*>.*?</style>|</svg>\s*$", "", body, flags=re.DOTALL)
    body = body[body.index(">") + 1 :]
    body = _own_ids(body.replace("xlink:href", "href"), prefix)
    body = re.sub(r"#[0-9a-f]{6}\b", lambda match: _themed(match[0]), body)
    body = re.sub(r"(font(?:-family)?: [^;\"']*?)('[^;\"]*|[A-Z][\w ]*,[^;\"]*)(?=[;\"])", r"\1var(--letters)", body)
    body = re.sub(r'\b(d|points)="[^"]*"', lambda match: _rounded(match[0]), body)
    return re.sub(r">\s+<", "><", body).strip()


def box(svg: str) -> str:
    """Its viewBox."""
    match = re.search(r'viewBox="([^"]+)"', svg)
    if match is None:
        raise ValueError("the SVG has no viewBox")
    return match[1]


def _themed(colour: str) -> str:
    name = _NAMES.get(colour)
    return f"var(--{name})" if name else colour


def _own_ids(body: str, prefix: str) -> str:
    """Ids that something refers to under names of their own; the others go."""
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', body))
    body = re.sub(r' id="([^"]+)"', lambda match: f' id="{prefix}-{match[1]}"' if match[1] in used else "", body)
    return re.sub(r'(url\(#|href="#)([^)"]+)', rf"\g<1>{prefix}-\g<2>", body)


def _rounded(path: str) -> str:
    return re.sub(r"-?\d+\.\d{3,}", lambda match: f"{float(match[0]):.{DECIMALS}f}", path)
