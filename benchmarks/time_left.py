"""Time left of a training as a terminal shows it, against the true one: python -m benchmarks.time_left [--warm FOLDER] [WORDS OF train].

Each run is a process on a terminal of its own, with an empty folder of compiled kernels, and then with the one that it has filled.
"""

import argparse
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from forecast.cli.progress import COMPILING, MEASURED

SHOWN = re.compile(r"about (?:(\d+):(\d\d)|(\d+) min) left")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
AT = (0.1, 0.3, 0.6, 0.9)


def screens(command: list[str], environment: dict[str, str], folder: Path) -> tuple[float, list[tuple[float, str]]]:
    """The second at which `command` wrote the last of its answer on a terminal, and each text with the second at which it wrote it."""
    ours, theirs = pty.openpty()
    began, texts = time.monotonic(), []
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=folder) as process:
        os.close(theirs)
        while True:
            if not select.select([ours], [], [], 0.5)[0]:
                continue
            try:
                text = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not text:
                break
            texts.append((time.monotonic() - began, CONTROL.sub("", text.decode("utf-8", "replace"))))
        code = process.wait()
    os.close(ours)
    if code:
        sys.exit("".join(text for _, text in texts[-20:]))
    return texts[-1][0], texts


def last_shown(texts: list[tuple[float, str]], second: float) -> float | None:
    """Seconds left that stood on the screen at `second`; None where nothing did."""
    value = None
    for at, text in texts:
        if at > second:
            break
        for match in SHOWN.finditer(text):
            value = 60.0 * int(match[3]) if match[3] else 60.0 * int(match[1]) + int(match[2])
    return value


def stages(texts: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Each stage with the second at which it was first shown."""
    seen: dict[str, float] = {}
    for at, text in texts:
        for name in (*MEASURED, COMPILING):
            if name in text:
                seen.setdefault(name, at)
    return sorted((at, name) for name, at in seen.items())


def show(title: str, seconds: float, texts: list[tuple[float, str]]) -> None:
    """A row for each part of the way, and the stages."""
    print(f"\n{title}: {seconds:.1f} s")
    print("  " + ", ".join(f"{name} at {at:.1f}" for at, name in stages(texts)))
    print("  of the way  true left  shown  shown / true")
    for part in AT:
        true, shown = seconds * (1 - part), last_shown(texts, seconds * part)
        ratio = "" if shown is None else f"{shown / true:12.2f}"
        print(f"  {part:>10.0%}  {true:9.1f}  {'nothing' if shown is None else f'{shown:.0f}':>5}  {ratio}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--warm", type=Path, help="folder of compiled kernels to begin with, in place of an empty one")
    options, words = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        kernels = options.warm or folder / "kernels"
        environment = os.environ | {"NUMBA_CACHE_DIR": str(kernels), "COLUMNS": "120", "TERM": "xterm-256color"}
        environment["PYTHONPATH"] = os.pathsep.join([os.getcwd(), *filter(None, [os.environ.get("PYTHONPATH")])])
        command = [sys.executable, "-m", "forecast.train", *words, "--output"]
        for title in ("warm",) if options.warm else ("cold", "warm"):
            seconds, texts = screens([*command, f"{title}/run"], environment, folder)  # each in a folder that keeps no refits
            if log := os.environ.get("SCREENS"):
                Path(f"{log}.{title}").write_text("\n".join(f"{at:.2f}\t{text!r}" for at, text in texts))
            show(title, seconds, texts)


if __name__ == "__main__":
    main()
