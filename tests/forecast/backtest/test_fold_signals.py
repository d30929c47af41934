"""Signals of a walk-forward's workers: what is finished, and whether kernels are being compiled."""

import time
from pathlib import Path

import numba
import pytest

from forecast.backtest import fold_signals
from forecast.backtest.fold_signals import COMPILING, STAGE, FoldSignals, watched_folds


@pytest.fixture
def signals(tmp_path: Path) -> FoldSignals:
    path = tmp_path / "folds"
    path.touch()
    return FoldSignals(path)


def test_compilation_is_signalled_when_it_happens_and_until_its_fold_is_finished(signals: FoldSignals) -> None:
    @numba.njit
    def kernel(x: float) -> float:
        return x + 1

    with signals.fold():
        assert signals.read() == (0, False)
        kernel(1.0)
        assert signals.read() == (0, True)
        kernel(1)  # of another signature: compiled too, and signalled once
    assert signals.read() == (1, False)
    with signals.fold():
        kernel(2.0)  # compiled already
        assert signals.read() == (1, False)
    assert signals.read() == (2, False)
    assert signals.path is not None
    assert signals.path.read_bytes() == b"cFf"


def test_progress_that_asks_for_it_hears_of_folds_while_they_are_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold_signals, "EVERY", 0.01)

    class Heard:
        def __init__(self) -> None:
            self.calls: list[tuple[str, int, int]] = []

        def __call__(self, stage: str, done: int, total: int) -> None:
            raise AssertionError("that is the caller's own thread")

        def between(self, stage: str, done: int, total: int) -> None:
            self.calls.append((stage, done, total))

    heard = Heard()
    with watched_folds(heard, 3, 10) as signals:
        assert signals.path is not None
        for sent, expected in ((b"c", (COMPILING, 3, 10)), (b"F", (STAGE, 4, 10))):
            with signals.path.open("ab") as file:
                file.write(sent)
            began = time.monotonic()
            while expected not in heard.calls:
                assert time.monotonic() - began < 30
                time.sleep(0.01)


def test_nobody_is_signalled_who_did_not_ask() -> None:
    with watched_folds(lambda _stage, _done, _total: None, 0, 10) as signals:
        assert signals.path is None
        with signals.fold():
            pass
        assert signals.read() == (0, False)
