"""Pulls: what was found of each item when its origin was asked."""

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
    """An item after a pull. vintage : the file in force, None where there is none.   state : new, same, kept or absent.

    checked : when its origin last gave something that was believed, and `full`, the whole history.   fault : why it did not now, None
    where it did.
    """

    file: str
    vintage: str | None
    state: str
    checked: datetime | None = None
    full: datetime | None = None
    fault: str | None = None
    change: Change = NOTHING
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the record of a pull holds it."""
        told = {"file": self.file, "vintage": self.vintage, "state": self.state, "fault": self.fault, "notes": list(self.notes)}
        moments = {"checked": self.checked, "full": self.full}
        return told | {name: None if at is None else timestamp_name(at) for name, at in moments.items()} | {"change": self.change.as_json()}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> "ItemRecord":
        """What `as_json` wrote; KeyError, TypeError or ValueError for anything else."""
        checked, full = (None if told[name] is None else timestamp_of(told[name]) for name in ("checked", "full"))
        change, notes = Change.of_json(told["change"]), tuple(map(str, told["notes"]))
        return cls(told["file"], told["vintage"], told["state"], checked, full, told["fault"], change, notes)


@dataclass(frozen=True)
class Pull:
    """What one pull found: items by key."""

    moment: datetime
    items: Mapping[str, ItemRecord]
