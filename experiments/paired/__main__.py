"""`python -m experiments.paired FIRST SECOND`: prints what the second study of left-out indices gains over the first."""

from pathlib import Path
from typing import Annotated

import typer


def paired(
    first: Annotated[Path, typer.Argument(help="Folder that experiments.left_out kept its losses in: of the one experiment, or branch.")],
    second: Annotated[Path, typer.Argument(help="The same of the other.")],
) -> None:
    """Compare two experiments, or two branches, on the same left-out indices: Brier loss that the second saves, paired by day."""
    from experiments.markdown import table
    from experiments.paired.gain import gain_rows, paired_gains, stored_losses

    gains = paired_gains(stored_losses(first), stored_losses(second))
    heads = ("question", "gain", "standard error", "t", "days", "episodes", "indices")
    typer.echo("\n".join(table(heads, gain_rows(gains))))


if __name__ == "__main__":
    from forecast.cli.app import main

    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(paired)
    main(command=app, name="python -m experiments.paired")
