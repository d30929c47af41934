"""Shared: what several features of a panel stand on, computed once for that panel."""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from features.panel import Panel

P = ParamSpec("P")
T = TypeVar("T")


def shared(compute: Callable[Concatenate[Panel, P], T]) -> Callable[Concatenate[Panel, P], T]:
    """Decorator of a function of a panel and hashable arguments: called again for the same panel, it gives what it gave.

    The result goes to all that ask for it, so none may change it in place. It lives as long as the panel does.
    """

    @wraps(compute)
    def once(panel: Panel, *args: P.args, **kwargs: P.kwargs) -> T:
        key: Hashable = (compute, args, tuple(sorted(kwargs.items())))
        if key not in panel.found:
            panel.found[key] = compute(panel, *args, **kwargs)
        return cast(T, panel.found[key])

    return cast(Callable[Concatenate[Panel, P], T], once)
