"""The command line: `python -m forecast`."""

import sys
from collections.abc import Sequence

import typer

from forecast.commands.log import log
from forecast.commands.predict import predict
from forecast.commands.train import train

USER_MISTAKE = 2

app = typer.Typer(
    name="forecast",
    help="Will a small-cap surge continue, stall or reverse? Calibrated probabilities, tested walk-forward.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for _command in (train, predict, log):
    app.command()(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command; a mistake in what the user gave is one line on standard error and exit code 2."""
    from features.errors import InputError

    try:
        app(args=list(arguments) if arguments is not None else None, prog_name="python -m forecast")
    except InputError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(USER_MISTAKE)


if __name__ == "__main__":
    main()
