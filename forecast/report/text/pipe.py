"""Pipe: what was to be printed has no reader any more, as after `| head`."""


class NobodyReads(Exception):  # noqa: N818 - an event, and no error
    """Standard output is closed at its other end; a command ends without a word."""
