"""Store: whether the MLflow store can be reached and is of a version that the installed MLflow knows; MLflow is not imported."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from features.errors import InputError
from forecast.cli.diagnosis.health_check import HealthCheck, State
from forecast.cli.diagnosis.machine import writable
from forecast.runs.tracking.client import tracking_uri as default_store
from forecast.runs.tracking.stores import check_sqlite, hide_password, sqlite_file

PATIENCE = 2.0  # seconds for a server
REVISION = re.compile(r"^(down_)?revision\s*(?::[^=]+)?=\s*[\"']([0-9a-f]+)[\"']", re.MULTILINE)


def places(tracking_uri: str | None, output: Path) -> Iterator[HealthCheck]:
    """A line each on the folder that runs go to and on the store they are logged in."""
    if writable(output):
        yield HealthCheck("places", "runs", State.OK, f"{output.absolute()} can be written")
    else:
        yield HealthCheck("places", "runs", State.MISSING, f"{output.absolute()} cannot be written; train elsewhere, or with --output")
    uri = default_store(tracking_uri)
    state, message = _store(uri)
    yield HealthCheck("places", "MLflow store", state, f"{hide_password(uri)}: {hide_password(message)}")


def _store(uri: str) -> tuple[State, str]:
    try:
        if file := sqlite_file(uri):
            return _sqlite(file)
        if uri.partition("://")[0] in ("http", "https"):
            return _server(uri)
        if "://" in uri and not uri.startswith("file:"):
            return _database(uri)
    except InputError as error:
        return State.NOTE, f"{str(error).rpartition(': ')[2]}; runs would stay on disk only"
    folder = Path(uri.removeprefix("file://").removeprefix("file:"))
    if writable(folder):
        return State.OK, "a folder that can be written"
    return State.NOTE, "a folder that cannot be written; runs would stay on disk only"


def _sqlite(file: Path) -> tuple[State, str]:
    check_sqlite(file)
    if not file.exists():
        return (State.OK, "is made by the first run") if writable(file.parent) else (State.NOTE, "its folder cannot be written")
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        try:
            schema = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            runs = connection.execute("SELECT count(*) FROM runs").fetchone()
        except sqlite3.Error as error:
            return (
                (State.OK, "is empty and made by the first run") if not file.stat().st_size else (State.NOTE, f"cannot be read ({error})")
            )
    return _version(schema[0] if schema else "", f"{runs[0]} runs")


def _server(uri: str) -> tuple[State, str]:
    """Whether a tracking server answers; its schema is its own affair."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import urlopen

    try:
        with urlopen(f"{uri.rstrip('/')}/health", timeout=PATIENCE) as answer:  # noqa: S310 - http or https, by the caller
            return State.OK, f"the server answers ({answer.status})"
    except HTTPError as error:
        return State.NOTE, f"the server answers {error.code}; is that its address, and are you let in?"
    except (HTTPException, OSError, ValueError) as error:  # among the first, a port that is no number
        return State.NOTE, f"does not answer ({getattr(error, 'reason', error)}); runs would stay on disk, to be logged later"


def _database(uri: str) -> tuple[State, str]:
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError

    try:
        engine = create_engine(uri, connect_args={"connect_timeout": int(PATIENCE)})
        with engine.connect() as connection:
            schema = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            runs = connection.execute(text("SELECT count(*) FROM runs")).scalar()
    except (SQLAlchemyError, ImportError, TypeError) as error:
        return State.NOTE, f"cannot be read ({str(error).splitlines()[0][:200]}); runs would stay on disk, to be logged later"
    return _version(str(schema or ""), f"{runs} runs")


def _version(schema: str, runs: str) -> tuple[State, str]:
    """How the store's schema stands to the installed MLflow's newest."""
    revisions, newest = _revisions()
    if not revisions:
        return State.NOTE, f"{runs}, schema {schema}; no installed MLflow to compare with"
    if schema == newest:
        return State.OK, f"{runs}, schema {schema}, the installed MLflow's own"
    if schema in revisions:
        return State.NOTE, f"{runs}, schema {schema}, older than the installed MLflow's {newest}: back it up, then `mlflow db upgrade`"
    return State.NOTE, f"{runs}, schema {schema}, which the installed MLflow does not know; install the one that made it, or a newer"


def _revisions() -> tuple[set[str], str]:
    """The schemas that the installed MLflow knows, and the newest: the one that none is built upon."""
    spec = find_spec("mlflow")
    if spec is None or not spec.submodule_search_locations:
        return set(), ""
    made: set[str] = set()
    upon: set[str] = set()
    for file in (Path(spec.submodule_search_locations[0]) / "store" / "db_migrations" / "versions").glob("*.py"):
        for down, revision in REVISION.findall(file.read_text("utf-8")):
            (upon if down else made).add(revision)
    heads = made - upon
    return made, heads.pop() if len(heads) == 1 else ""
