"""Addresses of tracking stores, and checks of the sqlite file that one names before anything opens it."""

import os
import re
import sqlite3
from pathlib import Path

from features.errors import InputError

SQLITE = "sqlite:///"
MARK = b"SQLite format 3\0"
PATIENCE = 5.0  # seconds to wait for another program that locks the file


def hide_password(text: str) -> str:
    """Replace the password in each address by ***.

    Parameters
    ----------
    text : str
        Anything that is printed or written, such as an address or an error message.

    Returns
    -------
    str
    """
    return re.sub(r"(://[^:/@\s]*):[^@\s]*@", r"\1:***@", text)


def sqlite_file(store: str) -> Path | None:
    """Absolute path of an sqlite store, None for any other store; InputError for an sqlite address that names no plain file.

    Absolute, because MLflow remembers stores by name, and a relative one would stay when the working directory changes.
    """
    if not store.startswith("sqlite:"):
        return None
    path = store.removeprefix(SQLITE)
    if not store.startswith(SQLITE) or not path or "?" in path or path == ":memory:":
        raise InputError(f"--tracking-uri {store}: names no file; write {SQLITE}mlflow.db")
    return Path(path).resolve()


def absolute_address(store: str) -> str:
    """The address of a store from whatever folder a process stands in.

    Parameters
    ----------
    store : str
        Address of a store.

    Returns
    -------
    str
        The same, an sqlite file by its whole path.
    """
    file = sqlite_file(store)
    return store if file is None else f"{SQLITE}{file}"


def check_sqlite(file: Path) -> None:
    """InputError if `file` exists and is no tracking store, nor can become one; nothing is written.

    Opening it makes sqlite roll back what a killed process had half written, as any reader does.
    """
    if not file.exists():
        return
    if file.is_dir():
        raise InputError(f"--tracking-uri {SQLITE}{file}: is a folder; name a file in it")
    if not os.access(file, os.W_OK) or not os.access(file.parent, os.W_OK):
        raise InputError(f"--tracking-uri {SQLITE}{file}: cannot be written; name a file that can")
    with file.open("rb") as opened:
        mark = opened.read(len(MARK))
    if mark and mark != MARK:
        raise InputError(f"--tracking-uri {SQLITE}{file}: is no sqlite file; name another")
    connection = sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=PATIENCE)
    try:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        remedy = "wait for who holds it" if "locked" in str(error) else "name another"
        raise InputError(f"--tracking-uri {SQLITE}{file}: cannot be read ({error}); {remedy}") from None
    finally:
        connection.close()
    if tables and "alembic_version" not in tables:
        raise InputError(f"--tracking-uri {SQLITE}{file}: holds tables of something else; name another file")
