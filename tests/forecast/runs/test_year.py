"""A simulated fortnight of a morning job: nothing is lost, corrupted or quietly changed. The whole year: python -m benchmarks.year."""

from pathlib import Path

import pytest

pytest.importorskip("yfinance", reason="the extra live is not installed: pip install 'smallcap-surge[live]'")

from benchmarks.year.play import play


@pytest.mark.slow
def test_after_a_fortnight_of_faults_and_changes_each_forecast_is_there_and_made_again_from_its_vintage(tmp_path: Path) -> None:
    played = play(tmp_path, sessions=12, seed=3, again=1)
    assert played.wrong == []
    assert len(played.job.runs) >= 11
    assert len(played.job.refused) <= 4, "a run is refused where nothing is kept yet, or the disk is full"
    assert len(played.told) == len(played.changes) == 1
    assert sum(bool(morning.fault) for morning in played.mornings) >= 4
    assert played.last < 1e6  # bytes of five items: a tenth of a megabyte of histories, and 23 kB a session, of which vintages have half
