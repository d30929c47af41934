"""The command line: `python -m forecast`."""

import sys
from collections.abc import Sequence

import typer

from forecast.commands.analogs import analogs
from forecast.commands.drivers import drivers
from forecast.commands.evaluate import evaluate
from forecast.commands.interrupt import listen
from forecast.commands.log import log
from forecast.commands.odds import odds
from forecast.commands.predict import predict
from forecast.commands.report import report
from forecast.commands.train import train

USER_MISTAKE, INTERRUPTED = 2, 130

app = typer.Typer(
    name="forecast",
    help="Will a small-cap surge continue, stall or reverse? Calibrated probabilities, tested walk-forward.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for _command in (train, predict, report, evaluate, odds, drivers, analogs, log):
    app.command()(_command)


def main(arguments: Sequence[str] | None = None, *, command: typer.Typer = app, name: str = "python -m forecast") -> None:
    """Runs a command; a mistake in what the user gave is one line on standard error and exit code 2."""
    from features.errors import InputError

    listen()
    try:
        code = command(args=list(arguments) if arguments is not None else None, prog_name=name, standalone_mode=False)
    except InputError as error:
        code = _mistake(str(error))
    except OSError as error:
        code = _mistake(f"{error.filename or 'input'}: {error.strerror or error}")
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except Exception as error:
        message = getattr(error, "format_message", None)  # a usage error of the parser, which typer keeps to itself
        if message is None:
            raise
        code = _mistake(message()) if message() else USER_MISTAKE
    if code == INTERRUPTED:
        typer.echo("interrupted: no run was written", err=True)
    sys.exit(code if isinstance(code, int) else 0)


def _mistake(message: str) -> int:
    typer.echo(f"error: {' '.join(message.split())}", err=True)
    return USER_MISTAKE


if __name__ == "__main__":
    main()
