"""Sphinx: `make docs` builds the site from these pages, strictly and without a network."""

import sys
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent), str(DOCS / "_ext")]

project = "smallcap-surge"
release = version = installed(project)
html_title = f"{project} {release}"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "mathml", "generated"]
exclude_patterns = ["_ext", "_static"]
templates_path: list[str] = []
language = "en"

myst_enable_extensions = ["amsmath", "dollarmath", "colon_fence"]
myst_heading_anchors = 4
suppress_warnings = ["misc.highlighting_failure"]  # of a shell's transcript: it is shown without colours, and is no fault

default_role = "code"  # single backticks in docstrings
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 90
add_module_names = False

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_theme_options = {"footer_icons": [], "navigation_with_keys": True}


def of_a_library(_app: Any, _what: str, name: str, _member: Any, _skipped: bool, _options: Any) -> bool | None:
    """Leaves out what scikit-learn adds to every estimator: its routing of metadata."""
    return True if name == "get_metadata_routing" or (name.startswith("set_") and name.endswith("_request")) else None


def setup(app: Any) -> None:
    app.connect("autodoc-skip-member", of_a_library)
