"""Nothing in a file that is read is ever run: what a reader of the code may check, checked."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WINGS = ("features", "forecast", "experiments")
RUNS_CODE = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "marshal", "shelve", "yaml", "torch", "runpy", "code", "xmlrpc"}
CALLS = {"eval", "exec", "compile", "__import__", "read_pickle", "to_pickle", "load_model", "load_module", "popen", "unsafe_load"}
LOADERS = {"joblib", "numpy", "np"}  # of which `load` would unpickle
OWN = {  # unpickle in a worker what the call that sends its tasks, as pickles, has just written
    "forecast/backtest/markets/study_file.py",
    "forecast/backtest/samples_file.py",  # in a temporary folder that its user alone may enter
}


def files() -> list[Path]:
    paths = [path for wing in WINGS for path in sorted((ROOT / wing).rglob("*.py"))]
    assert len(paths) > 200
    return paths


def is_ours(name: ast.expr) -> bool:
    """Whether a module's name, in the call that imports it, is of these wings: written out, below this package, or of a constant table."""
    parts = name.values if isinstance(name, ast.JoinedStr) else [name]
    first = parts[0]
    if isinstance(first, ast.FormattedValue):
        return isinstance(first.value, ast.Name) and first.value.id == "__name__"
    if isinstance(first, ast.Subscript):
        return isinstance(first.value, ast.Name) and first.value.id.isupper()
    return isinstance(first, ast.Constant) and str(first.value).startswith(tuple(f"{wing}." for wing in WINGS))


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""


def faults(path: Path) -> list[str]:
    reasons = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            reasons += [f"imports {name}" for name in names if name.split(".")[0] in RUNS_CODE]
        if not isinstance(node, ast.Call):
            continue
        name, owner = called(node), getattr(getattr(node.func, "value", None), "id", "")
        plain = not isinstance(node.func, ast.Attribute) or name not in ("compile",)  # re.compile
        if (name in CALLS and plain) or (name == "system" and owner == "os"):
            reasons.append(f"calls {name}")
        plain_arrays = any(word.arg == "allow_pickle" and getattr(word.value, "value", True) is False for word in node.keywords)
        if name == "load" and owner in LOADERS and not plain_arrays:
            reasons.append(f"calls {owner}.load")
        if name == "import_module" and not is_ours(node.args[0]):
            reasons.append("imports a module by a name")
        if any(word.arg in ("shell", "allow_pickle") and getattr(word.value, "value", True) for word in node.keywords):
            reasons.append("shell=True or allow_pickle=True")
    return reasons


def test_no_module_can_run_what_a_file_holds() -> None:
    unsafe = {str(path.relative_to(ROOT)): faults(path) for path in files() if faults(path)}
    assert set(unsafe) == OWN
    assert {reason for reasons in unsafe.values() for reason in reasons} == {"calls joblib.load"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import pickle", "imports pickle"),
        ("from joblib import load\nimport joblib\njoblib.load('x')", "calls joblib.load"),
        ("import numpy as np\nnp.load('x', allow_pickle=True)", "allow_pickle"),
        ("import subprocess\nsubprocess.run('x', shell=True)", "shell=True"),
        ("import mlflow\nmlflow.pyfunc.load_model('models:/x@y')", "calls load_model"),
        ("eval('1')", "calls eval"),
        ("import importlib\nimportlib.import_module(words)", "imports a module by a name"),
        ("from importlib import import_module\nimport_module(f'{words}.x')", "imports a module by a name"),
        ("import pandas as pd\npd.read_pickle('x')", "calls read_pickle"),
    ],
)
def test_code_that_could_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, said: str) -> None:
    monkeypatch.setattr("tests.test_untrusted.ROOT", tmp_path)
    (tmp_path / "bad.py").write_text(code)
    assert any(said in fault for fault in faults(tmp_path / "bad.py"))
