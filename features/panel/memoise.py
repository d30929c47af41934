"""Shared: what several features stand on, computed once for a panel or for the releases of an input."""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast


class Keeper(Protocol):
    """A panel, or releases: something that equals itself alone and has room for what was found of it."""

    @property
    def found(self) -> dict[Hashable, Any]: ...


K = TypeVar("K", bound=Keeper)
P = ParamSpec("P")
T = TypeVar("T")


def memoise(compute: Callable[Concatenate[K, P], T]) -> Callable[Concatenate[K, P], T]:
    """Decorator of a function of a panel, or of releases, and hashable arguments: called again for the same, it gives what it gave.

    The result goes to all that ask for it, so none may change it in place. It lives as long as the panel, or the releases, do.
    What is found of releases serves every stretch of sessions that they come with.
    """

    @wraps(compute)
    def once(keeper: K, *args: P.args, **kwargs: P.kwargs) -> T:
        key: Hashable = (compute, args, tuple(sorted(kwargs.items())))
        if key not in keeper.found:
            keeper.found[key] = compute(keeper, *args, **kwargs)
        return cast(T, keeper.found[key])

    return cast(Callable[Concatenate[K, P], T], once)
