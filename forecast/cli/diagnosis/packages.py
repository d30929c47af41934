"""Packages: the installed versions against the lower bounds that the package declares; read from metadata, nothing is imported."""

import platform
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, requires, version

from forecast.cli.diagnosis.health_check import HealthCheck, State

NAME = "smallcap-surge"
LEAST_PYTHON = (3, 11)  # requires-python of pyproject.toml
PURPOSE = {
    "bench": "measures the engines beside their peers",
    "browser": "looks at the report as a browser shows it",
    "dev": "lint and types",
    "docs": "builds the documentation site",
    "excel": "writes and reads predictions as workbooks",
    "interop": "tries the predictions in other tools",
    "live": "asks the origins of --data live",
    "postgresql": "an MLflow store in PostgreSQL",
    "test": "runs the suite",
    "tools": "Polars, DuckDB and bt, which the predictions are tried in",
}
BOUND = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*(?:>=\s*([0-9][0-9.]*))?")
EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")


def packages() -> Iterator[HealthCheck]:
    """Python, the package itself, what it needs, and a line an extra."""
    python = ".".join(map(str, sys.version_info[:3]))
    enough = sys.version_info >= LEAST_PYTHON
    wanted = "" if enough else f"; {'.'.join(map(str, LEAST_PYTHON))} or newer is needed"
    yield HealthCheck("packages", "python", State.OK if enough else State.MISSING, f"{python}, {platform.platform(terse=True)}{wanted}")
    try:
        own, declared = version(NAME), requires(NAME) or []
    except PackageNotFoundError:
        yield HealthCheck("packages", NAME, State.NOTE, "is not installed, so its bounds are not known; install it with pip")
        return
    yield HealthCheck("packages", NAME, State.OK, own)
    by_extra: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in declared:
        extra = EXTRA.search(line)
        if bound := BOUND.match(line):
            by_extra[extra[1] if extra else ""].append((bound[1], bound[2] or ""))
    yield from (_needed(name, least) for name, least in sorted(by_extra.pop("", []), key=lambda item: item[0].lower()))
    yield from (_extra(extra, wanted) for extra, wanted in sorted(by_extra.items()))


def _needed(name: str, least: str) -> HealthCheck:
    installed = _installed(name)
    if installed is None:
        return HealthCheck(
            "packages", name, State.MISSING, f"is not installed, and {NAME} needs {_at_least(least)}: pip install '{name}>={least}'"
        )
    if _numbers(installed) < _numbers(least):
        return HealthCheck("packages", name, State.NOTE, f"{installed} is below {least}, with which nothing is tested; upgrade it")
    return HealthCheck("packages", name, State.OK, f"{installed}{f', at least {least}' if least else ''}")


def _extra(extra: str, wanted: Sequence[tuple[str, str]]) -> HealthCheck:
    """An extra is never indispensable, and one that is not installed is no fault: the command that needs it says so."""
    purpose = PURPOSE.get(extra, "further tools")
    lacking = [name for name, least in wanted if (installed := _installed(name)) is None or _numbers(installed) < _numbers(least)]
    if not lacking:
        return HealthCheck("packages", f"[{extra}]", State.OK, f"{purpose}; {len(wanted)} package{'s' * (len(wanted) > 1)} installed")
    return HealthCheck("packages", f"[{extra}]", State.OK, f"{purpose}; lacks {', '.join(lacking)}: pip install '{NAME}[{extra}]'")


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _at_least(least: str) -> str:
    return f"{least} or newer" if least else "it"


def _numbers(version_: str) -> tuple[int, ...]:
    """The release's numbers, trailing zeros away: 2.0 is 2."""
    release = re.match(r"[0-9.]*", version_)
    parts = [int(part) for part in (release[0] if release else "").split(".") if part]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
