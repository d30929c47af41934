"""Columns of the predictions table: what each one is, in which unit, and what it means where it is missing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecast.target.outcome import CONTINUE, OUTCOMES, REVERSE, STALL

if TYPE_CHECKING:
    import pyarrow

SCHEMA_VERSION = 3
VERSION_KEY = "smallcap_surge.schema_version"
P_COLUMNS = tuple(f"p_{outcome}" for outcome in OUTCOMES)
BASE_COLUMNS = tuple(f"base_{outcome}" for outcome in OUTCOMES)
BASE_LOW_COLUMNS = tuple(f"base_low_{outcome}" for outcome in OUTCOMES)
BASE_HIGH_COLUMNS = tuple(f"base_high_{outcome}" for outcome in OUTCOMES)
CLIMATOLOGY_COLUMNS = tuple(f"climatology_{outcome}" for outcome in OUTCOMES)
UNCALIBRATED_COLUMNS = tuple(f"uncalibrated_{outcome}" for outcome in OUTCOMES)
LOW_COLUMNS = tuple(f"low_{outcome}" for outcome in OUTCOMES)
HIGH_COLUMNS = tuple(f"high_{outcome}" for outcome in OUTCOMES)
ERROR_COLUMNS = tuple(f"error_{outcome}" for outcome in OUTCOMES)  # of the components' table
SPREAD_COLUMNS = tuple(f"spread_{outcome}" for outcome in OUTCOMES)  # of the components' table
KEY = ("date", "series", "horizon", "barrier_kind", "size")


@dataclass(frozen=True)
class PredictionColumn:
    """A column: its kind (date, string, int or float), unit, meaning, and what it says where it is missing; None = it never is."""

    kind: str
    unit: str
    meaning: str
    missing: str | None = None


_OF_A_FALL = {OUTCOMES[REVERSE]: "", OUTCOMES[STALL]: "", OUTCOMES[CONTINUE]: "; 0 for a fall"}


def _by_outcome(columns: tuple[str, ...], meaning: str) -> dict[str, PredictionColumn]:
    return {
        name: PredictionColumn("float", "probability", f"{meaning} `{outcome}`{_OF_A_FALL[outcome]}")
        for name, outcome in zip(columns, OUTCOMES, strict=True)
    }


COLUMNS: dict[str, PredictionColumn] = {
    "date": PredictionColumn("date", "session", "session of the surge, at whose close the forecast is made"),
    "series": PredictionColumn("string", "name", "the index; where it stands in for another, the name says so"),
    "horizon": PredictionColumn("int", "sessions", "how far the question looks ahead, from 1"),
    "barrier": PredictionColumn("float", "log move", "the barrier on either side of the close of `date`; of a fall below it only"),
    "surge_return": PredictionColumn("float", "log return", "of the surge, over its window"),
    "surge_z": PredictionColumn(
        "float", "volatilities", "`surge_return` over the volatility, for as long a window, that was known before the surge"
    ),
    "episode": PredictionColumn("int", "number", "of the episode from 1: surges of a series at most a horizon apart share one"),
    **_by_outcome(P_COLUMNS, "the forecast: probability of"),
    **_by_outcome(BASE_COLUMNS, "base rate, after past surges at a barrier as far in their volatility: frequency of"),
    "outcome": PredictionColumn(
        "int",
        "code",
        "what came: 0 `reverse`, 1 `stall`, 2 `continue`; of a fall 0 that it came, 1 that it did not",
        "the horizon was not over when the table was made",
    ),
    "known": PredictionColumn("date", "session", "session at whose close the outcome is settled, the horizon's last; may lie ahead"),
    "trained_to": PredictionColumn("date", "session", "last session the models were fitted on; never after `date`"),
    "source": PredictionColumn("string", "name", "kind of the data: `bundled`, `files`, ..."),
    "experiment": PredictionColumn("string", "name", "of the experiment"),
    "digest": PredictionColumn("string", "hexadecimal", "of experiment and data: names the run's folder"),
    "run_id": PredictionColumn("string", "identifier", "of the run, in MLflow too where it was logged"),
    "barrier_kind": PredictionColumn(
        "string",
        "word",
        "`surge`: the barrier is a share of the surge; `sigma`: of the horizon's volatility; `fixed`; `fall`: a fall, whatever came first",
    ),
    "size": PredictionColumn(
        "float", "by `barrier_kind`", "the share of the surge, the share of the volatility, the log move itself, or the share of the price"
    ),
    **_by_outcome(UNCALIBRATED_COLUMNS, "the components combined, before calibration: probability of"),
    "method": PredictionColumn(
        "string",
        "word",
        "how the components were combined; `learned` unless a simpler way had taken over; `base_rate`: no model was fitted by then, and "
        "the base rate stands in the forecast's place",
    ),
    **_by_outcome(LOW_COLUMNS, "low end of the interval, of the experiment's level, of the probability of"),
    **_by_outcome(HIGH_COLUMNS, "high end of the interval, of the experiment's level, of the probability of"),
    **_by_outcome(BASE_LOW_COLUMNS, "low end of the interval of the base rate of"),
    **_by_outcome(BASE_HIGH_COLUMNS, "high end of the interval of the base rate of"),
    "base_episodes": PredictionColumn("int", "episodes", "independent episodes that the base rate is worth"),
    **_by_outcome(CLIMATOLOGY_COLUMNS, "climatology, of the outcomes settled by that day whatever the barrier's distance: frequency of"),
    "vol_rank": PredictionColumn("float", "share", "of the sessions so far whose volatility, known at the close, was lower; 0 to 1"),
}


def schema() -> "pyarrow.Schema":
    """The Arrow schema of the table, with its version in the metadata, and of each field its unit and meaning."""
    import pyarrow as pa

    types = {"date": pa.timestamp("ns"), "string": pa.string(), "int": pa.int64(), "float": pa.float64()}
    fields = [
        pa.field(name, types[column.kind], nullable=column.missing is not None, metadata={"unit": column.unit, "meaning": column.meaning})
        for name, column in COLUMNS.items()
    ]
    return pa.schema(fields, metadata={VERSION_KEY: str(SCHEMA_VERSION)})
