"""The command line as a whole: what every command has, how it ends, how it speaks, how shells complete it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from features.errors import InputError
from forecast.api import TrainedRun, load_predictions
from forecast.cli.app import COMMANDS, COMPLETE, SCRIPT
from forecast.cli.exit_codes import MEANING, ExitCode
from forecast.cli.progress import COMPILING, MEASURED, training_plan
from forecast.runs.predictions.history import append_forecast
from tests.commands import run
from tests.runs import QUICK

ROOT = Path(__file__).resolve().parents[3]
NAMES = [command.__name__ for commands in COMMANDS.values() for command in commands]
TRAIN = ["train", "--no-tracking", "--no-report", "--jobs", "1", *(word for key in QUICK for word in ("--set", key))]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def test_help_lists_every_command_under_what_one_comes_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    shown = run("--help")
    assert shown.returncode == ExitCode.DONE
    panels = shown.stdout.split("╭")
    for panel, commands in COMMANDS.items():
        part = next(text for text in panels if text.startswith(f"─ {panel} ─"))
        assert all(f"│ {command.__name__} " in part for command in commands)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_the_common_options_and_json_where_it_has_formats(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    shown = run(name, "--help").stdout
    assert all(option in shown for option in ("--quiet", "--verbose", "--no-color"))
    assert ("--format" in shown) == ("same as --format json" in shown)


def test_the_help_explains_every_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    shown = run("--help").stdout
    assert all(f"{code.value} {meaning}" in shown for code, meaning in MEANING.items())


def test_a_fault_of_the_program_is_one_line_and_exit_code_1_and_verbose_shows_where(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("out of\nluck")

    monkeypatch.setattr("forecast.runs.answer.feature_reading.read_features", broken)
    done = run("drivers")
    assert done.returncode == ExitCode.FAULT
    assert len(done.stderr.splitlines()) == 1
    assert "a fault of the program, RuntimeError: out of luck (test_command_line.py, line " in done.stderr
    assert "Traceback" in run("drivers", "--verbose").stderr
    assert "Traceback" in run("-v", "drivers").stderr


def test_an_interrupt_is_exit_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("forecast.runs.answer.feature_reading.read_features", stopped)
    assert run("drivers")[::2] == (ExitCode.INTERRUPTED, "interrupted\n")
    monkeypatch.setattr("forecast.api.train", stopped)
    assert run("train")[::2] == (ExitCode.INTERRUPTED, "interrupted: no run was written\n")


@pytest.mark.slow
@pytest.mark.parametrize("form", ["table", "csv"])
def test_output_that_nobody_reads_ends_without_a_word(form: str, small_run: TrainedRun, tmp_path: Path) -> None:
    assert small_run.answer is not None
    table = load_predictions(small_run.folder)
    append_forecast(tmp_path, small_run.answer, table[table["date"] == small_run.answer.surge.session], run=small_run.folder)
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "forecast", "history", str(tmp_path), "--format", form]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment(), check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (ExitCode.PIPE_CLOSED, "")


def test_json_beside_another_format_is_refused() -> None:
    done = run("drivers", "--format", "csv", "--json")
    assert done.returncode == ExitCode.MISTAKE
    assert done.stderr == "error: --json and --format csv: one format at a time; leave one out\n"


def test_a_quiet_training_prints_its_answer_and_where_it_is(tmp_path: Path) -> None:
    done = run(*TRAIN, "--quiet", "--output", "run", place=tmp_path)
    assert (done.returncode, done.stderr) == (ExitCode.DONE, "")
    assert "US small caps, second size fifth" in done.stdout
    assert done.stdout.splitlines()[-1] == "Run: run"
    assert "romoted" not in done.stdout
    assert "MLflow" not in done.stdout


def test_a_training_for_machines_is_json_and_a_verbose_one_tells_how_long_each_stage_took(tmp_path: Path) -> None:
    done = run(*TRAIN, "--json", "--verbose", "--output", "run", place=tmp_path)
    content = json.loads(done.stdout)
    assert content["folder"] == "run"
    assert content["answer"] == json.loads((tmp_path / "run" / "forecast.json").read_text())
    stages = [line.split(":")[0] for line in done.stderr.splitlines() if ": " in line and line.endswith(" s")]
    left_out = ("opening the store of runs", "drawing the report", "logging the run")
    assert [name for name in stages if name != COMPILING] == [name for name in MEASURED if name not in left_out]
    assert done.stderr.splitlines()[-1].startswith("took ")
    again = run("predict", "--run", "run", "--json", place=tmp_path)
    assert json.loads(again.stdout) == content["answer"]


def test_colours_are_for_terminals_and_can_be_left_out_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    green = "\x1b[32m"
    assert "\x1b" not in run("doctor", place=tmp_path).stdout
    monkeypatch.setenv("FORCE_COLOR", "1")  # what stands for a terminal
    monkeypatch.setenv("TERM", "xterm-256color")
    assert green in run("doctor", place=tmp_path).stdout
    assert green not in run("doctor", "--no-color", place=tmp_path).stdout
    assert green not in run("--no-color", "doctor", place=tmp_path).stdout
    assert "NO_COLOR" not in os.environ
    monkeypatch.setenv("NO_COLOR", "1")
    assert green not in run("doctor", place=tmp_path).stdout


def test_the_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert run("--version").stdout.startswith(f"{SCRIPT} {version(SCRIPT)}, Python 3.")


def completed(words: str) -> list[str]:
    """What the protocol of the shells answers for the last of `words`."""
    variables = environment(**{COMPLETE: "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)})
    done = subprocess.run([sys.executable, "-m", "forecast"], env=variables, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_commands_options_and_choices_are_completed() -> None:
    assert completed("smallcap-surge ") == [*NAMES, "data"]
    assert completed("smallcap-surge data ") == ["list", "pull", "check", "diff", "export"]
    assert completed("smallcap-surge dr") == ["drivers"]
    assert completed("smallcap-surge train --no-t") == ["--no-tracking"]
    assert completed("smallcap-surge predict --format ") == ["table", "json", "csv"]


@pytest.fixture
def bash(tmp_path: Path) -> str:
    """A bash that finds `smallcap-surge` and, as `python`, this Python."""
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("no bash here")
    for name, rest in ((SCRIPT, "-m forecast "), ("python", "")):
        (tmp_path / name).write_text(f'#!/bin/sh\nexec {sys.executable} {rest}"$@"\n')
        (tmp_path / name).chmod(0o755)
    return shell


def completed_by(bash: str, tmp_path: Path, source: str, function: str, words: str) -> list[str]:
    script = f'{source}\nCOMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); {function} {words.split(maxsplit=1)[0]}\necho "${{COMPREPLY[@]}}"\n'
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run([bash, "-c", script], env=environment(PATH=path), capture_output=True, text=True, check=True, cwd=tmp_path)
    return done.stdout.split()


def test_the_script_that_is_shown_completes_in_bash(bash: str, tmp_path: Path) -> None:
    variables = environment(_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    command = [sys.executable, "-m", "forecast", "--show-completion", "bash"]
    source = subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout
    assert completed_by(bash, tmp_path, source, "_smallcap_surge_completion", "smallcap-surge eval") == ["evaluate"]


def test_the_function_of_the_manual_completes_the_module_in_bash(bash: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "reference" / "command_line.md").read_text("utf-8")
    source = page.partition("```bash\n")[2].partition("```")[0]
    assert completed_by(bash, tmp_path, source, "_forecast_module", "python -m forecast train --tracking") == ["--tracking-uri"]
    assert completed_by(bash, tmp_path, source, "_forecast_module", "python -m pip ins") == []


def test_a_bar_on_a_terminal_ends_where_it_began(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from forecast.cli.progress import shown_progress

    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    with shown_progress(training_plan(1, default=True)) as progress:
        progress("walk-forward", 1, 2)
        progress("walk-forward", 2, 2)
        progress("something else", 0, 0)
    drawn = capsys.readouterr().err
    assert "walk-forward 2/2" in drawn or "something else" in drawn
    assert "left" in drawn


def test_waiting_is_shown_on_a_terminal_and_nowhere_else(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from forecast.cli.progress import shown_waiting

    with shown_waiting("forecasting", 5.0):
        pass
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    with shown_waiting("forecasting", 5.0):
        pass
    drawn = capsys.readouterr().err
    assert "forecasting" in drawn
    assert "about 0:05 left" in drawn


def test_a_mistake_named_by_the_package_is_the_same_line_everywhere() -> None:
    with pytest.raises(InputError) as caught:
        from forecast.api import predict

        predict("nothing")
    assert run("predict", "--run", "nothing").stderr == f"error: {caught.value}\n"
