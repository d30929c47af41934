"""The log of pulls: what each has in force of every item."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from features.live.store.change import Change
from features.live.store.timestamps import timestamp_name, timestamp_of

NEW, SAME, KEPT, ABSENT = "new", "same", "kept", "absent"
NOTHING = Change()


@dataclass(frozen=True)
class ItemRecord:
    """An item after a pull."""

    file: str
    vintage: str | None  # the name of the vintage in force
    state: str  # NEW, SAME, KEPT or ABSENT
    checked: datetime | None = None  # when its origin last gave something that was believed
    full: datetime | None = None  # the same of its whole history
    fault: str | None = None  # why it gave nothing now
    change: Change = NOTHING  # since the pull before
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the log has it."""
        fields = {"file": self.file, "vintage": self.vintage, "state": self.state, "fault": self.fault, "notes": list(self.notes)}
        moments = {"checked": self.checked, "full": self.full}
        return (
            fields | {name: None if at is None else timestamp_name(at) for name, at in moments.items()} | {"change": self.change.as_json()}
        )

    @classmethod
    def of_json(cls, fields: Mapping[str, Any]) -> "ItemRecord":
        """The record that `as_json` wrote; KeyError, TypeError or ValueError for anything else."""
        checked, full = (None if fields[name] is None else timestamp_of(fields[name]) for name in ("checked", "full"))
        change, notes = Change.of_json(fields["change"]), tuple(map(str, fields["notes"]))
        return cls(fields["file"], fields["vintage"], fields["state"], checked, full, fields["fault"], change, notes)


@dataclass(frozen=True)
class Pull:
    """When one pull was made, and its items by key."""

    moment: datetime
    items: Mapping[str, ItemRecord]
