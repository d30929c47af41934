"""A run folder from an untrusted hand: its files changed and sealed again, then every command that reads it."""

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from forecast.backtest.experiment import validate
from forecast.backtest.study import Study
from forecast.models import MODELS
from forecast.runs.manifest import MANIFEST
from forecast.runs.write import write_run
from tests.commands import run
from tests.fuzz.outcome import FindingError
from tests.fuzz.panels import QUICK, sound
from tests.fuzz.readers import place

JSON_FILES = ("run.json", "experiment.json", "model.json", "forecast.json", "metrics.json", "base_rate.json")
TABLES = ("predictions.parquet", "components.parquet", "panel.parquet", "features.parquet", "precedents.parquet", "paths.parquet")
VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1, 2**63, 10**400, 1e308, -1e308, 1e-320, 0.5, "", "x", "=1+1", "../../x", "x' OR '1'='1", "<script>alert(1)</script>",
    "\x1b[31m", "models:/x", "9999-12-31", "0001-01-01", [], [[]], {}, [1, [2]], [0.0] * 1000, [[1.0]] * 50, ["a"] * 3,
)  # fmt: skip
SETTLING = ("predict --data kept", "predict --data kept --format csv", "evaluate --format json", "export --output out.csv",
            "export --output out.xlsx", "export --as positions --output out.csv", "score", "predict --data kept --as-of 2008-06-30")  # fmt: skip
SLOW = ("report --output page.html", "log --tracking-uri sqlite:///runs.db")


@cache
def whole() -> Path:
    """A run of every component on a hundred paths, whose last session is a surge."""
    from features.panel.panel import build_panel

    market = sound()
    small = market.series["small"]
    close = small.observed.copy()
    close.iloc[-3:] *= 1.08
    from dataclasses import replace

    series = {name: raw for name, raw in market.series.items() if not name.startswith("small_")}
    panel = build_panel(replace(market, series=series | {"small": replace(small, observed=close)}))
    model = {"components": list(MODELS), "paths": 100, "msgarch": {"starts": 1}}
    fields = QUICK | {"model": model, "walk_forward": {"start": "2007-11-01", "refit_every": 250, "min_history": 300}}
    study = Study.of(validate(fields, "fuzz"), "simulated", panel, [])
    folder = place() / "whole"
    folder.mkdir()
    write_run(folder, study, study.run(jobs=1), "0" * 32)
    study.dataset.panel.frame["small"].rename("Close").rename_axis("Date").to_csv(place() / "prices.csv")
    return folder


def broken(seed: int, number: int) -> Path:
    """A copy with one to three changes, its digests those of the changed files."""
    import hashlib

    rng = np.random.default_rng((seed, number))
    folder = place() / "broken"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole(), folder)
    for _ in range(rng.integers(1, 4)):
        name = str(rng.choice([*JSON_FILES, "model.json", "model.json", *TABLES]))
        (_json_changed if name.endswith(".json") else _table_changed)(folder / name, rng)
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        manifest["files"] = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.name != MANIFEST}
        (folder / MANIFEST).write_text(json.dumps(manifest))
    except (TypeError, ValueError):
        pass  # the manifest itself was changed beyond that
    return folder


def _json_changed(path: Path, rng: np.random.Generator) -> None:
    value = json.loads(path.read_text())
    holder, key = _somewhere(value, rng)
    if holder is None:
        path.write_text(json.dumps(VALUES[rng.integers(len(VALUES))]))
        return
    match int(rng.integers(4)):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.append(holder[key])
        case 2 if isinstance(holder[key], int | float) and not isinstance(holder[key], bool):
            holder[key] = holder[key] * float(rng.choice([-1, 0, 1e-12, 1e12, 1e300])) + float(rng.choice([0, 1e-9, 1, -1]))
        case _:
            holder[key] = VALUES[rng.integers(len(VALUES))]
    path.write_text(json.dumps(value).replace("Infinity", "1e999").replace("NaN", "null"))


def _somewhere(value: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    """A place in nested values, deep or not."""
    holder, key = None, None
    for _ in range(int(rng.integers(1, 9))):
        if not isinstance(value, dict | list) or not value:
            break
        holder = value
        key = list(value)[rng.integers(len(value))] if isinstance(value, dict) else int(rng.integers(len(value)))
        value = holder[key]
    return holder, key


def _table_changed(path: Path, rng: np.random.Generator) -> None:
    """One column, row or piece of metadata of a Parquet file made another."""
    table = pyarrow.parquet.read_table(path)
    metadata = dict(table.schema.metadata or {})
    column = int(rng.integers(table.num_columns))
    name, rows = table.column_names[column], table.num_rows
    place_ = int(rng.integers(max(rows, 1)))
    if not rows:
        return
    match int(rng.integers(8)):
        case 0:
            table = table.drop_columns([name])
        case 1:
            table = table.slice(0, int(rng.choice([0, 1, rows // 2])))
        case 2:
            table = pa.concat_tables([table, table.slice(place_, 1)])
        case 3:
            table = table.take(pa.array(rng.permutation(rows)))
        case 4:
            table = table.set_column(column, name, pa.array(["=cmd()"] * rows))
        case 5 | 6:
            values = table.column(column).to_pandas().copy()
            if values.dtype.kind == "f":
                values.iloc[place_] = float(rng.choice([np.nan, np.inf, -1.0, 0.0, 1e300, 5e-324]))
            elif values.dtype.kind == "M":
                values.iloc[place_] = pd.Timestamp(str(rng.choice(["1700-01-01", "2030-06-03", "2250-01-01"])))
            elif values.dtype.kind == "i":
                values.iloc[place_] = int(rng.choice([-1, 0, 3, 2**40]))
            else:
                values = values.astype(object)
                values.iloc[place_] = str(rng.choice(["", "x", "\x1b[2J", "small", "=1"]))
            table = table.set_column(column, name, pa.Array.from_pandas(values))
        case _:
            key = next(iter(metadata or {b"pandas": b""}))
            metadata[key] = [b"", b"{}", b"[", b'{"index_columns": ["__import__"], "columns": [], "column_indexes": []}'][rng.integers(4)]
    pyarrow.parquet.write_table(table.replace_schema_metadata(metadata), path)


def commands_on(folder: Path, commands: tuple[str, ...]) -> None:
    """FindingError for a command that ends neither with an answer nor with one line and code 2."""
    for words in commands:
        command, *options = words.split()
        arguments = [command, str(folder), *options, *(["--prices", str(place() / "prices.csv")] if command == "score" else [])]
        done = run(*arguments, place=place())
        if done.returncode not in (0, 2):
            raise FindingError(f"{words}: code {done.returncode}, {done.stderr[-500:]}")
        if done.returncode == 2 and not done.stderr.strip().splitlines()[-1].startswith("error: "):
            raise FindingError(f"{words}: more than a line, {done.stderr[-500:]}")
        if "\x1b" in done.stdout + done.stderr or "NaN" in done.stdout:
            raise FindingError(f"{words}: prints what is no text or number")


def case(seed: int, number: int) -> Callable[[], None]:
    """Every command but the slow ones on a broken run; those too on each twentieth."""
    whole()  # made before the time of the case begins
    return lambda: commands_on(broken(seed, number), SETTLING if number % 20 else (*SETTLING, *SLOW))
