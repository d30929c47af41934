"""Versions of MLflow's stores: the schema of a database and the version of a server, against those of the MLflow that is installed."""

from functools import cache

from features.errors import InputError
from forecast.runs.tracking.stores import hide_password

DATABASES = ("sqlite", "postgresql", "mysql", "mssql", "oracle")  # first words of addresses that MLflow opens through SQLAlchemy
PATIENCE = 5.0  # seconds for the server's version


def refuse_other_schema(store: str) -> None:
    """InputError if the database `store` has the tables of another version of MLflow than the one that is installed.

    MLflow would change the tables of an older one without a word, and shut out everybody whose MLflow is older than this.
    """
    if not store.startswith(DATABASES):
        return
    theirs, (ours, *earlier) = _revision(store), _revisions()
    if theirs in (None, ours):
        return
    if theirs in earlier:
        age = "an older"
        remedy = f"when all who use it can, take a copy and run: mlflow db upgrade {hide_password(store)}; or name another store"
    else:
        age, remedy = "a newer", "install the MLflow that the others use; or name another store"
    raise InputError(f"--tracking-uri {hide_password(store)}: is of {age} MLflow than {_installed()} here (schema {theirs}); {remedy}")


def server_version(store: str, error: Exception) -> str:
    """The end of a message: which MLflow the server is, where it does not know what it was asked for; else nothing."""
    if not store.startswith("http") or "404" not in str(error):
        return ""
    import requests

    try:
        answer = requests.get(f"{store.rstrip('/')}/version", timeout=PATIENCE)
        version = answer.text.strip()[:20] if answer.ok else ""
    except requests.RequestException:
        version = ""
    return f" (the server is MLflow {version}, here is {_installed()})" if version and version != _installed() else ""


def _revision(store: str) -> str | None:
    """The revision that the database has; None for one without tables of MLflow."""
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    engine = create_engine(store, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


@cache
def _revisions() -> tuple[str, ...]:
    """The revisions that the installed MLflow knows, its own first."""
    from alembic.script import ScriptDirectory
    from mlflow.store.db.utils import _get_alembic_config

    return tuple(script.revision for script in ScriptDirectory.from_config(_get_alembic_config(db_url="")).walk_revisions())


def _installed() -> str:
    from importlib.metadata import version

    return version("mlflow")
