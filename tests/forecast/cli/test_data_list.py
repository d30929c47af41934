"""`data list` before any pull: what would be asked of whom, and nobody is."""

import json
from pathlib import Path

from tests.commands import run

LIVE = """
name = "mine"
inputs.small = { file = "rut.csv", columns = { small = "Close" } }
inputs.rates = { file = "rates.csv", columns = { bill = "DTB3" } }
inputs.odds = { file = "odds.csv", columns = { event = "Trump" } }
live.origins.yahoo = "http://127.0.0.1:9/charts"
live.files."rut.csv" = { source = "yahoo", symbol = "^RUT" }
live.files."rates.csv" = { source = "fred", columns = ["DTB3"] }
"""


def test_what_would_be_pulled_from_where_is_listed_before_a_first_pull(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(LIVE)
    command = ("data", "list", "mine.toml", "--cache", "store")
    shown = run(*command, place=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    said = [" ".join(line.split()) for line in shown.stdout.splitlines()]
    assert said[0] == "store: no pull yet. `data pull` would ask for:"
    assert {"rut.csv yahoo ^RUT", "rates.csv fred DTB3", "odds.csv dropped files named odds.csv"} <= set(said)
    assert {"yahoo at http://127.0.0.1:9/charts", "fred is not asked: no fred in [live.origins] of the experiment"} <= set(said)
    content = json.loads(run(*command, "--json", place=tmp_path).stdout)
    assert content["pulls"] == []
    assert content["planned"][0] == {"file": "rut.csv", "origin": "yahoo", "asks": "^RUT", "address": "http://127.0.0.1:9/charts"}
    assert not (tmp_path / "store").exists()
