"""Keys of random numbers, from the experiment's seed, the market's name and the session's date, never from the data."""

import hashlib

import numpy as np


def session_key(seed: int, market: str, session: np.datetime64) -> int:
    """64-bit key of one session of one market; every component uses the same, so that their differences are not noise."""
    text = f"{seed}|{market}|{np.datetime_as_string(session, unit='D')}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
