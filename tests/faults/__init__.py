"""The table of faults: everything that goes wrong with live data, what is said of it, and what the store has afterwards."""

from tests.faults import answers, dropped, history, machine, network, new_values, tls
from tests.faults.fault import Fault

GROUPS: dict[str, tuple[Fault, ...]] = {
    "The network": (*network.FAULTS, *tls.FAULTS),
    "What came": answers.FAULTS,
    "The history": (*history.FAULTS, *new_values.FAULTS),
    "The machine and the store": machine.FAULTS,
    "Dropped files": dropped.FAULTS,
}
FAULTS = {fault.name: fault for group in GROUPS.values() for fault in group}
