"""Options that the training of one market and that of many share."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from forecast.cli.parameters import AS_OF, CACHE, OVERRIDES, STALE_OK, STORE


@dataclass(frozen=True)
class TrainingOptions:
    """What is trained on, and who is handed the runs."""

    cache: CACHE = None
    stale_ok: STALE_OK = False
    as_of: AS_OF = None
    overrides: OVERRIDES = None
    tracking_uri: STORE = None
    no_tracking: Annotated[bool, typer.Option("--no-tracking", help="Keep runs on disk only.")] = False
    history: Annotated[Path | None, typer.Option(help="Folder a forecast is added to; default 'history' beside its run.")] = None
    no_history: Annotated[bool, typer.Option("--no-history", help="Add forecasts to no history.")] = False

    def keywords(self) -> dict[str, Any]:
        """The same as arguments of `forecast.api.train` and `many`."""
        return {
            "cache": self.cache,
            "stale_ok": self.stale_ok,
            "as_of": self.as_of,
            "overrides": self.overrides or (),
            "tracking_uri": self.tracking_uri,
            "track": not self.no_tracking,
            "history": self.history,
            "keep_history": not self.no_history,
        }


def with_training_options(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with the fields of TrainingOptions as parameters in the place of its first one, `options`."""
    kinds = get_type_hints(TrainingOptions, include_extras=True)
    shared = {
        field.name: inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=kinds[field.name])
        for field in fields(TrainingOptions)
    }
    signature = inspect.signature(command, eval_str=True)
    _, *own = (parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in signature.parameters.values())

    @wraps(command)
    def extended(**values: Any) -> None:
        command(TrainingOptions(**{name: values.pop(name) for name in shared}), **values)

    extended.__signature__ = signature.replace(parameters=[*own[:2], *shared.values(), *own[2:]])  # type: ignore[attr-defined]
    return extended
