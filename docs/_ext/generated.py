"""Pages made of what the program says of itself: its commands, the keys of an experiment, the pages that no list names."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import TypeAdapter
from sphinx.application import Sphinx

from forecast.cli.output_options import PANEL

DOCS = Path(__file__).resolve().parent.parent


def commands() -> str:
    """Every command: usage, what it does, its options."""
    from typer.main import get_command

    from forecast.cli.app import COMMANDS, GROUPS, app

    known, parts = get_command(app).commands, []  # type: ignore[attr-defined]
    for panel, functions in COMMANDS.items():
        parts.append(f"## {panel}\n")
        parts.extend(_command(known[function.__name__], function.__name__) for function in functions)
        for group in GROUPS.get(panel, ()):
            parts.append(f"### {group.GROUP}\n\n{group.HELP}\n")
            parts.extend(_command(command, f"{group.GROUP} {name}", depth=4) for name, command in known[group.GROUP].commands.items())
    return "\n".join(parts)


def _command(command: Any, called: str, depth: int = 3) -> str:
    arguments = " ".join(f"[{p.name.upper()}]" if not p.required else p.name.upper() for p in command.params if not _option(p))
    usage = f"{'#' * depth} {called}\n\n```console\n$ python -m forecast {called} [OPTIONS] {arguments}\n```\n"
    return f"{usage}\n{command.help}\n\n| option | |\n|---|---|\n{_rows(command.params)}\n"


def _option(parameter: Any) -> bool:
    return bool(parameter.opts[0].startswith("-"))


def _rows(parameters: list[Any]) -> str:
    rows = []
    for parameter in parameters:
        if getattr(parameter, "rich_help_panel", None) == PANEL:  # told once, at the top
            continue
        name = ", ".join(f"`{word}`" for word in parameter.opts) if _option(parameter) else f"`{parameter.name.upper()}`"
        told = [_one_line(parameter.help or "")]
        kind = parameter.type_descriptor.annotation
        if get_origin(kind) is Literal:
            told.append("One of " + ", ".join(f"`{choice}`" for choice in get_args(kind)) + ".")
        if parameter.required:
            told.append("Required.")
        rows.append(f"| {name} | {' '.join(told)} |")
    return "\n".join(rows)


def keys() -> str:
    """Every key of an experiment, table by table: what it may be and its default."""
    from forecast.backtest.experiment import Experiment

    schema = Experiment.model_json_schema()
    parts = ["## At the top\n", _table({name: spec for name, spec in schema["properties"].items() if not _inner(spec, schema)}, schema)]
    for name, spec in schema["properties"].items():
        found = _inner(spec, schema)
        if not found:
            continue
        parts.append(f"## [{name}]\n\n{_one_line(found.get('description', ''))}\n")
        if found.get("properties"):
            parts.append(_table(found["properties"], schema))
        if name == "model":
            parts.extend(_components())
    return "\n".join(parts)


def _components() -> Iterator[str]:
    from forecast.models import MODELS

    for name, component in MODELS.items():
        schema = TypeAdapter(component).json_schema()
        yield f"### [model.{name}]\n\n{_one_line((component.__doc__ or '').split(chr(10) * 2)[0])}\n"
        if schema.get("properties"):
            yield _table(schema["properties"], schema)


def _inner(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The table that a key is, or whose name it takes; empty for a value."""
    if "additionalProperties" in spec and "$ref" in (spec["additionalProperties"] or {}):
        return _inner(spec["additionalProperties"], schema)
    if "$ref" in spec:
        found = schema["$defs"][spec["$ref"].rpartition("/")[2]]
        return dict(found) if found.get("type") == "object" else {}
    return {"description": "Drivers at other values, a table a scenario."} if spec.get("type") == "object" else {}


def _table(properties: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    rows = [f"| `{name}` | {_kind(spec, schema)} | {_default(spec)} |" for name, spec in properties.items()]
    return "\n".join(["| key | may be | default |", "|---|---|---|", *rows, ""])


def _kind(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """What a value may be, in words."""
    if "$ref" in spec:
        return _kind(schema["$defs"][spec["$ref"].rpartition("/")[2]], schema)
    if "anyOf" in spec:
        return " or ".join(_kind(part, schema) for part in spec["anyOf"] if part.get("type") != "null")
    if "enum" in spec or "const" in spec:
        return ", ".join(f"`{choice}`" for choice in spec.get("enum", [spec.get("const")]))
    kind = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true or false", "object": "table"}
    if spec.get("type") == "array":
        return f"list of {_kind(spec['items'], schema)}" if "items" in spec else "list"
    words = [kind.get(spec.get("type", ""), "value")]
    words += [f"{sign} {_number(spec[key])}" for key, sign in (("minimum", "≥"), ("exclusiveMinimum", ">")) if key in spec]
    words += [f"{sign} {_number(spec[key])}" for key, sign in (("maximum", "≤"), ("exclusiveMaximum", "<")) if key in spec]
    if "format" in spec:
        words = [spec["format"]]
    return " ".join(words[:1]) + (f", {', '.join(words[1:])}" if words[1:] else "")


def _number(value: float) -> str:
    return f"{value:g}" if value < 1e6 else f"{value:,.0f}"


def _default(spec: Mapping[str, Any]) -> str:
    if "default" not in spec:
        return "none: required"
    default = spec["default"]
    if default is None or isinstance(default, dict):
        return "none"
    return f"`{json.dumps(default)}`".replace("|", "\\|")


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


OF_USE = ("predictions",)  # pages beside the index that tell how to do something


def further(index: str) -> tuple[str, str]:
    """The pages that the index does not name: how-to pages, and the others."""
    named = set(index.split())
    ways = [f"howto/{path.stem}" for path in sorted((DOCS / "howto").glob("*.md"))]
    ways += [name for name in OF_USE if (DOCS / f"{name}.md").is_file()]
    others = [path.stem for path in sorted(DOCS.glob("*.md")) if path.stem not in ("index", *OF_USE)]
    return _unnamed(ways, named), _unnamed(others, named)


def _unnamed(pages: list[str], named: set[str]) -> str:
    return "\n".join(page for page in pages if page not in named)


def _fill(_app: Sphinx, name: str, source: list[str]) -> None:
    if name == "reference/command_line":
        source[0] = source[0].replace("<!-- commands -->", commands())
    elif name == "reference/experiment":
        source[0] = source[0].replace("<!-- keys -->", keys())
    elif name == "index":
        ways, others = further(source[0])
        source[0] = source[0].replace("% further ways", ways).replace("% further pages", others)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("source-read", _fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
