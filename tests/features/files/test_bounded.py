"""Files beyond their bounds: refused in one line, before they cost anything; and numbers as they were written."""

import gzip
import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InputError
from features.files.arrow import read_parquet
from features.files.bounded import BoundError, read_json, read_text
from features.files.table import read_rows, stamped_numbers
from features.names import printable, refuse_unsafe
from features.sources.inputs import Companion, Input
from features.sources.load import load_companions, load_panel
from tests.hostile_files import BOMBS, json_of_depth

ROOT = Path(__file__).resolve().parents[3]
PACKED = gzip.compress(b"Date,Close\n", mtime=0)  # the same in every worker, whose tests must have the same names
MOST_MIB, MOST_SECONDS = 250, 20  # of a refusal: twice the bound on text; the slowest takes two seconds on an idle machine


@pytest.mark.slow
def test_every_bomb_is_refused_in_one_line_for_little_memory_and_time() -> None:
    command = [sys.executable, "-m", "benchmarks.hostile"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-500:]
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines()[2:]]
    assert [row[0] for row in rows] == list(BOMBS)
    for name, _, seconds, memory in rows:
        assert float(seconds) < MOST_SECONDS, name
        assert float(memory) < MOST_MIB, name


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.csv", b"Date,Close\n2024-01-02,1\x002\n", "NUL byte"),
        ("x.csv", b"a," * 3000 + b"\n", "more than 2,000 columns"),
        ("x.csv", b"Date,Close\n" + b"1," * 3000 + b"\n", "more than 2,000 columns"),
        ("x.csv", b"Date,Close\r" + b"1," * 3000 + b"\r", "more than 2,000 columns"),
        ("x.csv", b'Date,Close\n"' + b"x" * 1_100_000, "a line of more than 1,024 KiB"),
        ("x.csv", b"PK\x03\x04", "is a zip archive, which its name does not say"),
        ("x.csv.gz", gzip.compress(PACKED, mtime=0), "is packed with gzip, which its name does not say"),
        ("x.csv.gz", PACKED[:-4], "is no whole gzip file"),
        ("x.csv.gz", b"", "cannot be read as gz"),
        ("x.parquet", b"PAR1" + (2**31).to_bytes(4, "little") + b"PAR1", "a footer of more than 8 MiB"),
        ("x.parquet", b"Date,Close\n", "cannot be read as parquet"),
    ],
)
def test_a_file_beyond_a_bound_is_named_with_rule_and_remedy(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read_rows(tmp_path / name)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "; " in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_bounds_hold_across_the_blocks_a_file_is_read_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("features.files.bounded.BLOCK", 7)
    monkeypatch.setattr("features.files.bounded.MAX_COLUMNS", 10)
    monkeypatch.setattr("features.files.bounded.MAX_LINE", 40)
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n" + b"1," * 9 + b"\n")
    assert read_text(path) == path.read_bytes()
    for content, said in ((b"a,b\n" + b"1," * 10 + b"\n", "columns"), (b"a,b\n" + b"1" * 41, "a line"), (b"1," * 12, "columns")):
        path.write_bytes(content)
        with pytest.raises(BoundError, match=said):
            read_text(path)


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_a_number_read_is_the_one_that_was_written_to_the_bit(
    tmp_path_factory: pytest.TempPathFactory, ending: str, numbers: list[float]
) -> None:
    path = tmp_path_factory.getbasetemp() / f"numbers{ending}"
    text = ("a,b\n" + "".join(f"x,{number!r}\n" for number in numbers)).encode()
    path.write_bytes(gzip.compress(text) if ending == ".csv.gz" else text)
    _, frame = read_rows(path)
    values = stamped_numbers(frame["b"], pd.DatetimeIndex([pd.Timestamp("2024-01-02")] * len(numbers)), "b").to_numpy()
    assert values.tobytes() == np.array(numbers).tobytes()


def test_a_table_gives_one_panel_digest_in_every_format(tmp_path: Path) -> None:
    days = pd.bdate_range("2024-01-02", periods=200, name="Date")
    frame = pd.DataFrame({"Close": 100 * np.exp(np.random.default_rng(3).normal(0, 0.01, 200).cumsum())}, index=days)
    frame.to_csv(tmp_path / "small.csv")
    frame.to_csv(tmp_path / "small.csv.gz")
    frame.to_parquet(tmp_path / "small.parquet")
    digests = {
        load_panel(str(tmp_path), {"small": Input(file=file, columns={"small": "Close"})}, market="Test", exchange="XNYS").digest
        for file in ("small.csv", "small.csv.gz", "small.parquet")
    }
    assert len(digests) == 1


def test_an_index_of_pandas_in_parquet_is_a_column_whatever_the_metadata_say(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    frame = pd.DataFrame({"Close": [1.0, 2.0]}, index=pd.DatetimeIndex(["2024-01-02", "2024-01-03"], name="Date"))
    frame.to_parquet(path)
    assert read_rows(path)[0] == ["Close", "Date"]
    metadata = {"index_columns": ["__import__('os')"], "columns": [{"name": "Close", "numpy_type": "object", "pandas_type": "mixed"}]}
    table = pa.table({"Date": ["2024-01-02"], "Close": [1.0]}).replace_schema_metadata({"pandas": json.dumps(metadata)})
    pyarrow.parquet.write_table(table, path)
    assert read_rows(path)[1].to_dict("list") == {"Date": ["2024-01-02"], "Close": [1.0]}


class _Planted:
    """What unpickling would leave a mark of."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("unpickled"),)  # type: ignore[return-value]


@pytest.mark.filterwarnings("ignore:.*PyExtensionType")  # of pyarrow before 21, which says that it does not unpickle
@pytest.mark.filterwarnings("ignore:pickle-based deserialization")
@pytest.mark.parametrize("kind", ["arrow.py_extension_type", "arrow.json", "pandas.period", "nobody.knows"])
def test_an_extension_type_in_parquet_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.chdir(tmp_path)
    meant = pickle.dumps(_Planted()) if kind == "arrow.py_extension_type" else b'{"freq": "D"}'
    field = pa.field(
        "Close",
        pa.int64() if kind != "arrow.json" else pa.string(),
        metadata={"ARROW:extension:name": kind, "ARROW:extension:metadata": meant},
    )
    values = [1, 2] if kind != "arrow.json" else ["1", "2"]
    pyarrow.parquet.write_table(pa.table([pa.array(values, field.type)], schema=pa.schema([field])), tmp_path / "x.parquet")
    is_extension = isinstance(pyarrow.parquet.read_schema(tmp_path / "x.parquet").field("Close").type, pa.BaseExtensionType)
    if is_extension:
        with pytest.raises(InputError, match="write one number, text or day a cell"):
            read_rows(tmp_path / "x.parquet")
    else:
        assert read_rows(tmp_path / "x.parquet")[1]["Close"].tolist() == values
    assert not (tmp_path / "unpickled").exists()


def test_lists_and_other_nests_in_parquet_are_refused_by_their_column(tmp_path: Path) -> None:
    pyarrow.parquet.write_table(pa.table({"Close": [[1.0], [2.0]]}), tmp_path / "x.parquet")
    with pytest.raises(InputError, match=r"column 'Close' holds list<.*>; write one number, text or day a cell"):
        read_rows(tmp_path / "x.parquet")


def test_texts_and_categories_in_parquet_are_read_as_they_are(tmp_path: Path) -> None:
    frame = pd.DataFrame({"Date": ["2024-01-02", "2024-01-03"], "a": pd.Categorical(["x", "y"]), "b": [None, "z"], "c": [1, 2]})
    frame.to_parquet(tmp_path / "x.parquet")
    table = read_parquet(tmp_path / "x.parquet")
    assert table.column("b").to_pylist() == [None, "z"]
    pd.testing.assert_frame_equal(table.replace_schema_metadata(None).to_pandas(), frame)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": NaN}', "NaN is no number"),
        ('{"a": -Infinity}', "Infinity is no number"),
        ('{"a": 1e999}', "1e999 is no number"),
        ('{"a": 10.5E+0308}', "is no number"),
        (f'{{"a": {"17" * 200}.5}}', f"{'17' * 10} is no number"),
        ('[1.0, 2, true, null, ["\\u202e"]]', "holds a control character"),
        ('{"a": "\\u001b[31m"}', "holds a control character"),
        ('{"\\u202ea": 1}', "holds a control character"),
        ('{"a": "\\ud800"}', "holds a control character"),
        (json_of_depth(70), "nested more than 60 deep"),
        ("[" * 200_000, "recursion"),
        ("9" * 5000, "digits"),
    ],
)
def test_json_that_no_run_writes_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises((ValueError, RecursionError), match=said):
        read_json(tmp_path / "x.json")


@given(
    st.recursive(
        st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.text("abc\n\t äß漢"),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
    )
)
def test_plain_values_are_safe(value: object) -> None:
    assert refuse_unsafe(value) is value


def test_what_steers_a_terminal_is_written_out() -> None:
    assert printable("a\x1b[31mb\u202ec\r\n") == "a\\x1b[31mb\\u202ec\\r\n"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A data folder with links and names that lead out of it."""
    (tmp_path / "secret.csv").write_text("Date,Close\n2024-01-02,1\n")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "up").symlink_to(tmp_path)
    days = pd.bdate_range("2024-01-02", periods=60)
    pd.DataFrame({"Date": days, "Close": 100.0 + np.arange(60)}).to_csv(folder / "small.csv", index=False)
    return folder


@pytest.mark.parametrize("file", ["../secret.csv", "link.csv", "up/secret.csv"])
def test_no_name_leads_out_of_the_data_folder(outside: Path, file: str) -> None:
    small = Input(file="small.csv", columns={"small": "Close"})
    where = {"market": "Test", "exchange": "XNYS"}
    for given_ in (str(outside / "../secret.csv"), file):
        with pytest.raises(InputError, match="leaves the data folder"):
            load_panel(str(outside), {"small": small, "vix": Input(file=given_, columns={"vix": "Close"})}, **where)
        with pytest.raises(InputError, match="leaves the data folder"):
            load_companions(str(outside), {"x": Companion(file=given_, columns=("Close",))})
        released = Input.model_validate({"file": "small.csv", "columns": {"vix": "Close"}, "lag": {"releases": {"file": given_}}})
        with pytest.raises(InputError, match="leaves the data folder"):
            load_panel(str(outside), {"small": small, "vix": released}, **where)


def test_a_file_that_is_none_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    with pytest.raises(InputError, match="no such file"):
        read_rows(tmp_path / "zero.csv")


def test_bytes_that_are_no_text_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("Date,Close\n2024-01-02,é\n".encode("latin-1"))
    with pytest.raises(InputError, match="cannot be read as csv") as caught:
        read_rows(tmp_path / "x.csv")
    assert "\n" not in str(caught.value)
