"""Formulas as MathML, which browsers draw themselves: no script, no font, no network."""

import re
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

FUNCTION = re.compile(r"<mi>(log|exp|min|max)</mi>")  # which the converter sets without the space that they have in print
SPACE = '<mspace width="0.17em"/>'


def drawn(formula: str, display: str = "inline") -> str:
    return FUNCTION.sub(rf"<mrow>{SPACE}<mi>\1</mi>{SPACE}</mrow>", convert(formula, display=display))


def inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(drawn(node.astext()))
    raise nodes.SkipNode


def block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="math">{drawn(node.astext(), "block")}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_html_math_renderer("mathml", (inline, None), (block, None))  # type: ignore[arg-type]
    return {"parallel_read_safe": True, "parallel_write_safe": True}
