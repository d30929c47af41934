"""One reader under atheris, whose cases follow the coverage: `python -m tests.fuzz.guided TARGET CORPUS -runs=N -seed=S`."""

import sys

import atheris

with atheris.instrument_imports(include=["features", "forecast"]):
    from tests.fuzz.outcome import judge
    from tests.fuzz.readers import TARGETS


def main() -> None:
    """Hands the arguments after the target to libFuzzer."""
    target, _ = TARGETS[sys.argv.pop(1)]

    def one(content: bytes) -> None:
        judge(lambda: target(content))

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
