"""Memoise: results that several features share, computed once for a panel or for the releases of an input."""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast


class HasCache(Protocol):
    """A panel or releases: equal to nothing but itself, with room for results."""

    @property
    def cache(self) -> dict[Hashable, Any]: ...


K = TypeVar("K", bound=HasCache)
P = ParamSpec("P")
T = TypeVar("T")


def memoise(compute: Callable[Concatenate[K, P], T]) -> Callable[Concatenate[K, P], T]:
    """Decorator of a function of a panel, or of releases, and hashable arguments: each result is computed once.

    All callers share the result, so none may change it in place. It lives as long as the panel or the releases. A result of releases serves
    every stretch of sessions that they come with.
    """

    @wraps(compute)
    def once(owner: K, *args: P.args, **kwargs: P.kwargs) -> T:
        key: Hashable = (compute, args, tuple(sorted(kwargs.items())))
        if key not in owner.cache:
            owner.cache[key] = compute(owner, *args, **kwargs)
        return cast(T, owner.cache[key])

    return cast(Callable[Concatenate[K, P], T], once)
