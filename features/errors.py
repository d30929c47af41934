"""The one exception that means "the input is at fault": one clear line, exit code 2 on the command line."""


class InputError(ValueError):
    """A mistake in what the user gave: names the file, key, column or date, the rule, the value found and the remedy."""


class OriginError(InputError):
    """An origin gave nothing, or nothing that can be believed: names it, what was found and the remedy. What was kept before stays."""
