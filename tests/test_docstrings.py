"""Everything that the packages hand on is documented in numpydoc: every argument, what comes back, in plain first sentences."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

import features
import forecast

numpydoc = pytest.importorskip("numpydoc.docscrape", reason="the test extra is not installed")

ROOT = Path(__file__).resolve().parent.parent


def packages_that_hand_on() -> list[str]:
    """Packages of the wings, and modules of the reference, that say in `__all__` what is public."""
    names = [item.name for wing in (features, forecast) for item in pkgutil.walk_packages(wing.__path__, f"{wing.__name__}.") if item.ispkg]
    shown = [
        name
        for page in sorted((ROOT / "docs" / "reference" / "python").glob("*.md"))
        for name in re.findall(r"automodule:: ([\w.]+)", page.read_text("utf-8"))
    ]
    return sorted({name for name in (*names, *shown) if hasattr(importlib.import_module(name), "__all__")})


def public() -> list[tuple[str, str]]:
    """Package and name of everything handed on that can have a docstring."""
    pairs = [(package, name) for package in packages_that_hand_on() for name in importlib.import_module(package).__all__]
    things = [(package, name, getattr(importlib.import_module(package), name)) for package, name in pairs]
    return [(package, name) for package, name, thing in things if inspect.isclass(thing) or inspect.isfunction(thing)]


def arguments(call: Any) -> list[str]:
    if getattr(call, "_is_protocol", False):  # nobody makes one
        return []
    if inspect.isclass(call) and issubclass(call, Enum):
        return []
    try:
        parameters = inspect.signature(call).parameters.values()
    except ValueError:  # a class without a signature of its own, such as an exception
        return []
    return [one.name for one in parameters if one.name not in ("self", "cls") and not one.name.startswith("_")]


def described(text: str) -> tuple[set[str], Any]:
    """Names under Parameters and Attributes of a docstring, and its parsed sections."""
    sections = numpydoc.NumpyDocString(inspect.cleandoc(text))
    rows = [*sections["Parameters"], *sections["Other Parameters"], *sections["Attributes"]]
    return {name.strip(" *") for row in rows for name in row.name.split(",")}, sections


def faults(label: str, call: Any, text: str | None) -> list[str]:
    """What the docstring `text` of `call` lacks."""
    if not text:
        return [f"{label}: no docstring"]
    names, sections = described(text)
    said = [f"{label}: `{name}` is not under Parameters" for name in arguments(call) if name not in names]
    if not text.strip().split("\n\n")[0].rstrip().endswith((".", "?", ":")):
        said.append(f"{label}: the first paragraph is no sentence")
    returns = getattr(call, "__annotations__", {}).get("return")
    if not inspect.isclass(call) and returns not in (None, "None") and not (sections["Returns"] or sections["Yields"]):
        said.append(f"{label}: no section Returns")
    return said


def methods(cls: type) -> list[tuple[str, Any]]:
    """Public methods that the class, or a class of ours that it inherits from, defines; properties need one line only."""
    ours = [base for base in cls.__mro__ if base.__module__.split(".")[0] in ("features", "forecast")]
    return [
        (name, member.__func__ if isinstance(member, classmethod | staticmethod) else member)
        for base in ours
        for name, member in vars(base).items()
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, classmethod | staticmethod))
    ]


@pytest.mark.parametrize(("package", "name"), public())
def test_what_is_handed_on_is_documented_in_numpydoc(package: str, name: str) -> None:
    thing = getattr(importlib.import_module(package), name)
    said = faults(f"{package}.{name}", thing, thing.__doc__)
    if inspect.isclass(thing):
        for label, method in methods(thing):
            said += faults(f"{package}.{name}.{label}", method, inspect.getdoc(method) or getattr(thing, label).__doc__)
        if dataclasses.is_dataclass(thing):
            names, _ = described(thing.__doc__ or "")
            fields = [field.name for field in dataclasses.fields(thing) if not field.name.startswith("_") and field.init]
            said += [f"{package}.{name}: field `{field}` is not described" for field in fields if field not in names]
    assert not said, "\n".join(dict.fromkeys(said))


def test_every_page_of_the_reference_says_what_is_public() -> None:
    pages = sorted((ROOT / "docs" / "reference" / "python").glob("*.md"))
    shown = [name for page in pages for name in re.findall(r"automodule:: ([\w.]+)", page.read_text("utf-8"))]
    assert len(shown) > 10
    assert all(hasattr(importlib.import_module(name), "__all__") for name in shown)


def test_packages_hand_something_on() -> None:
    assert len(public()) > 60
