"""Features in words: titles and values as people read them, of features and of what else a driver may be."""

from features.catalogue import catalogue


def feature_title(name: str) -> str:
    """The feature's title; its name with blanks where the catalogue has none."""
    item = catalogue().get(name)
    return name.replace("_", " ") if item is None else item.title


def feature_value(name: str, value: float) -> str:
    """A value in the unit that people use, such as "13 %"."""
    item = catalogue().get(name)
    return f"{value:.3g}" if item is None else item.display.value(value)


def feature_change(name: str, value: float, change: float) -> str:
    """A change to `value` in the unit that people use, such as "+2 points"; both are stored values."""
    item = catalogue().get(name)
    return f"{change:+.3g}" if item is None else item.display.change(value, value - change)
