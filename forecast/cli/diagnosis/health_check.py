"""Health checks: the lines of a diagnosis."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """`ok`; `note`, a training runs but a reader should know; `missing`, a training cannot run without it."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True)
class HealthCheck:
    """The `state` of a `subject` in a `part` of the diagnosis, and a `message` of one line."""

    part: str
    subject: str
    state: State
    message: str

    def as_json(self) -> dict[str, str]:
        """As `doctor --json` prints it."""
        return {"part": self.part, "subject": self.subject, "state": self.state.value, "said": self.message}


@dataclass(frozen=True)
class Diagnosis:
    """Health checks in the order of their parts."""

    checks: tuple[HealthCheck, ...]

    def in_state(self, state: State) -> list[HealthCheck]:
        """The checks of one state, in their order."""
        return [check for check in self.checks if check.state is state]

    @property
    def answer(self) -> str:
        """Whether a training can run, or what stops it and how to mend it, in one line."""
        missing = self.in_state(State.MISSING)
        if not missing:
            return "A training can run."
        first = missing[0]
        more = f" (and {len(missing) - 1} more, below)" if len(missing) > 1 else ""
        return f"A training cannot run: {first.subject}: {first.message}{more}"

    @property
    def ready(self) -> bool:
        """Whether a training can run."""
        return all(check.state is not State.MISSING for check in self.checks)
