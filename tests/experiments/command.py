"""The exit code of an experiment's command."""

from collections.abc import Callable

import pytest
import typer

from forecast.cli.app import main


def exit_code(command: Callable[..., None], *arguments: str) -> int:
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(command)
    with pytest.raises(SystemExit) as ended:
        main(arguments, command=app, name="experiment")
    return int(ended.value.code or 0)
