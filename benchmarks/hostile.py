"""What refusing a hostile file costs, on Linux: `python -m benchmarks.hostile --page` writes it into docs/howto/hostile_input.md too."""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from features.errors import InputError
from tests.hostile_files import BOMBS, MIB, Bomb

PAGE = Path(__file__).resolve().parent.parent / "docs" / "howto" / "hostile_input.md"
MOST_SECONDS = 60
BEGIN, END = "<!-- costs: begin, written by python -m benchmarks.hostile -->", "<!-- costs: end -->"


def cost(bomb: Bomb, path: Path) -> tuple[float, float, str]:
    """Seconds, peak memory above that of the libraries in MiB, and the refusal, of reading `path` in a process of its own."""
    out, into = os.pipe()
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
        before, began = _peak(), time.process_time()
        try:
            bomb.read(path)
            said = "not refused"
        except InputError as error:
            said = str(error)
        except BaseException as error:  # the process ends here, whatever happens
            said = f"not refused, but {type(error).__name__}"
        os.write(into, f"{time.process_time() - began}\n{(_peak() - before) / 1024}\n{said}".encode())
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as answer:
        told = answer.read()
        os.waitpid(child, 0)
    seconds, memory, said = told.split("\n", 2) if told else ("nan", "nan", "no answer")
    return float(seconds), float(memory), said


def _peak() -> int:
    """KiB; of a child, from its birth on."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def table() -> str:
    """A row a file."""
    lines = ["| file | its size | seconds | memory, MiB |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for name, bomb in BOMBS.items():
            path = Path(folder) / name
            bomb.make(path)
            seconds, memory, said = cost(bomb, path)
            lines.append(f"| {name} | {path.stat().st_size / MIB:.1f} MiB | {seconds:.1f} | {memory:.0f} |")
            sys.stderr.write(f"{lines[-1]} {said[-150:]}\n")
            if bomb.said not in said:
                raise SystemExit(f"{name}: {said}")
            path.unlink()
    return "\n".join(lines)


if __name__ == "__main__":
    written = table()
    sys.stdout.write(written + "\n")
    if "--page" in sys.argv[1:]:
        text = PAGE.read_text("utf-8")
        head, tail = text.split(BEGIN)[0], text.split(END)[1]
        PAGE.write_text(f"{head}{BEGIN}\n{written}\n{END}{tail}", "utf-8")
