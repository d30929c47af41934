"""Docstrings as the house writes them, prose with `names` and fragments `argument : meaning`, for Sphinx, which expects markup."""

import re
from typing import Any

from sphinx.application import Sphinx

NAMES = r"\[?[A-Za-z_][\w.\[\]]*(?:, [A-Za-z_][\w.\[\]]*)*"
FRAGMENT = re.compile(rf"(?:^|\s{{2,}}|(?<=[.;:?)]) )({NAMES}) : ")
AFTER = re.compile(r"(?<=[.;]) (?=(?:InputError|ValueError|FitError|Source:|Without a )[^:])|(?<=[.;]) (?=Source:)")  # no part of a meaning
ESCAPED = r"\\\1"
MARKED = re.compile(r"([\\*|_<>])")
HEADING = re.compile(r"^(Parameters|Returns|Raises|Notes)\n-+\n", re.MULTILINE)


def to_markup(text: str) -> list[str]:
    """Lines of reStructuredText: paragraphs, a list item a fragment, literal blocks where lines are indented."""
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", HEADING.sub("", text.strip())):
        rows = paragraph.split("\n")
        if rows[0].startswith("    "):
            lines += ["::", "", *(f"    {row}" for row in rows), ""]
            continue
        head, *fragments = FRAGMENT.split(" ".join(row.strip() if not row.startswith("   ") else row for row in rows))
        if head.strip():
            lines += [_plain(head.strip()), ""]
        for name, meaning in zip(fragments[::2], fragments[1::2], strict=True):
            said, *after = AFTER.split(meaning.strip())
            lines += [f"- **{MARKED.sub(ESCAPED, name)}**: {_plain(said)}"]
            lines += ["", *(_plain(rest) for rest in after), ""] if after else []
        if fragments:
            lines.append("")
    return lines


def _plain(text: str) -> str:
    """Text without markup of its own, but for `names`, which become literals."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick that closes nothing
        return MARKED.sub(ESCAPED, text.replace("`", "'"))
    return "".join(f"\\ ``{part}``\\ " if place % 2 else MARKED.sub(ESCAPED, part) for place, part in enumerate(parts) if part)


def _process(_app: Sphinx, _what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    lines[:] = to_markup("\n".join(lines))


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("autodoc-process-docstring", _process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
