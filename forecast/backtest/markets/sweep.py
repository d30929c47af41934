"""Sweep: `--set` with several values, of which each combination is a variant of every experiment."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from features.errors import InputError

MOST_VARIANTS = 1000


@dataclass(frozen=True)
class Variant:
    """One value of each key: the overrides, and what they add to the name of an experiment; nothing where no key has several values."""

    overrides: tuple[str, ...]
    name: str


def variants_of(overrides: Sequence[str]) -> list[Variant]:
    """Every combination of the values of `key=A,B`, in their order, the last key moving fastest.

    Parameters
    ----------
    overrides : sequence of str
        As `key.key=value`, or with several values. Commas in quotes or brackets separate none.

    Returns
    -------
    list of Variant
        One, without a name, where no key has several values.

    Raises
    ------
    InputError
        For a value that is empty or stands twice, a key with several values that stands twice, or more than MOST_VARIANTS variants.
    """
    keys = [override.partition("=")[0].strip() for override in overrides]
    values = [_values(override) for override in overrides]
    swept = [key for key, several in zip(keys, values, strict=True) if len(several) > 1]
    if twice := next((key for key in swept if keys.count(key) > 1), None):
        raise InputError(f"--set {twice}: stands twice, once with several values; give all of them in one --set")
    if (count := math.prod(map(len, values))) > MOST_VARIANTS:
        raise InputError(f"--set: {', '.join(swept)} make {count} variants, more than {MOST_VARIANTS}; give fewer values")
    together = zip(overrides, keys, values, strict=True)
    choices = [[each] if len(several) == 1 else [f"{key}={value}" for value in several] for each, key, several in together]
    return [Variant(chosen, _name(each for each in chosen if each.partition("=")[0] in swept)) for chosen in product(*choices)]


def _name(overrides: Iterable[str]) -> str:
    """The last words of the keys, each with its value: min_z_1.5-size_0.5."""
    words = (override.rpartition("=")[0].rpartition(".")[2] + "_" + override.partition("=")[2] for override in overrides)
    return "-".join(re.sub("[^A-Za-z0-9.]+", "_", word).strip("_.") for word in words)


def _values(override: str) -> list[str]:
    """The values of `key=A,B` as they are written; what has no key, or no value, is left to who reads it."""
    values = _split(override.partition("=")[2])
    if len(values) > 1 and "" in values:
        place = f"value {values.index('') + 1} of {len(values)}"
        raise InputError(f"--set {override}: {place} is empty; separate values by one comma, and put a text that holds a comma in quotes")
    if twice := next((value for value in values if values.count(value) > 1), None):
        raise InputError(f"--set {override}: {twice} stands twice; give each value once")
    return values


def _split(text: str) -> list[str]:
    """`text` at the commas that stand in no quotes and no brackets."""
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "[]{}":
            depth += 1 if letter in "[{" else -1
        elif letter == "," and depth == 0:
            parts.append("")
            continue
        parts[-1] += letter
    return [part.strip() for part in parts]
