"""Finding: one line of a diagnosis."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """`ok`; `note`, a training runs but a reader should know; `missing`, a training cannot run without it."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True)
class HealthCheck:
    """`part` of the diagnosis, its `subject`, how it stands, and what was found, in one line."""

    part: str
    subject: str
    state: State
    said: str


@dataclass(frozen=True)
class Diagnosis:
    """Findings in the order of their parts."""

    findings: tuple[HealthCheck, ...]

    @property
    def ready(self) -> bool:
        """Whether a training can run."""
        return all(found.state is not State.MISSING for found in self.findings)
