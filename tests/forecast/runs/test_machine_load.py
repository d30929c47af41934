"""What a training takes of the machine."""

from types import SimpleNamespace

import psutil
import pytest

from forecast.runs.machine_load import sample_load


def test_memory_is_in_the_megabytes_of_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million bytes, as `mlflow.system_metrics` counts them, so that runs of others can be laid beside ours."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(used=3_000_000_000))
    monkeypatch.setattr(psutil.Process, "memory_info", lambda _: SimpleNamespace(rss=250_000_000))
    with sample_load() as samples:
        pass
    assert samples["system_memory_usage_megabytes"] == [3000.0]
    assert samples["process_memory_megabytes"] == [250.0]
