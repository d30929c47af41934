"""The experiments of a list of markets: a file each, or one file with [markets.NAME] and [variants.NAME] over a common part."""

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from features.errors import InputError
from forecast.backtest.experiment import LISTS, Experiment, chosen_experiment, overridden, placed, whole
from forecast.backtest.experiment_file import experiment_path, merged, read_tables
from forecast.backtest.markets.sweep import Variant, variants_of

MOST_MARKETS = 20_000


def market_experiments(named: Sequence[str | Path | Experiment], overrides: Sequence[str] = ()) -> list[Experiment]:
    """Every experiment that files, names of those that ship, or objects stand for.

    Parameters
    ----------
    named : sequence of str, Path or Experiment
        A file with tables [markets.NAME] is an experiment for each, named as its table, of what stands in it and in the common part; where
        both have a key, that of the market holds. With [variants.NAME] each of these comes in every variant, as MARKET-VARIANT.
    overrides : sequence of str
        Keys that hold in all of them, as `key.key=value`; with several values, as `key.key=A,B`, each comes in every variant, and is named
        by it, as MARKET-key_A.

    Returns
    -------
    list of Experiment
        In the order in which they are named.

    Raises
    ------
    InputError
        For a mistake in a file, a name that stands twice, or an empty list.
    """
    variants = variants_of(overrides)
    experiments = [experiment for each in named for experiment in _experiments_of(each, variants)]
    if not experiments:
        raise InputError("many: no experiment was named; give files (TOML), or names of those that ship, such as world")
    if len(experiments) > MOST_MARKETS:
        raise InputError(f"many: {len(experiments)} markets, more than {MOST_MARKETS}; give the lists in several calls")
    _refuse_same_names(experiments)
    return experiments


def _experiments_of(named: str | Path | Experiment, sweep: Sequence[Variant]) -> Iterator[Experiment]:
    if isinstance(named, Experiment):
        yield from (_renamed(chosen_experiment(named, one.overrides), one.name) for one in sweep)
        return
    file = experiment_path(Path(named))
    common = read_tables(file)
    markets, variants = (_lists(common, key, file.name) for key in sorted(LISTS))
    for market, own in markets.items():
        for variant, other in variants.items():
            tables = placed(merged(merged(copy.deepcopy(common), own), other), file)
            tables["name"] = "-".join(part for part in (market or tables.get("name", ""), variant) if part)
            where = f"{file.name}, [markets.{market}]" if market else file.name
            for one in sweep:
                yield _renamed(overridden(copy.deepcopy(whole(tables)), one.overrides, where), one.name)


def _renamed(experiment: Experiment, variant: str) -> Experiment:
    """The experiment named as the variant that it is, if it is one of several."""
    return chosen_experiment(experiment, [f'name="{experiment.name}-{variant}"']) if variant else experiment


def _lists(common: dict[str, Any], key: str, where: str) -> dict[str, dict[str, Any]]:
    """The tables [key.NAME], taken out of `common`; one nameless and empty table where there is none."""
    tables = common.pop(key, {"": {}})
    if not isinstance(tables, dict) or not tables or not all(isinstance(table, dict) for table in tables.values()):
        raise InputError(f"{where}: {key} must be tables such as [{key}.japan], each with the keys that differ")
    for name, table in tables.items():
        if nested := LISTS & set(table):
            raise InputError(f"{where}: [{key}.{name}] has {sorted(nested)[0]} of its own; write [{sorted(nested)[0]}.NAME] beside it")
    return tables


def _refuse_same_names(experiments: Sequence[Experiment]) -> None:
    names: set[str] = set()
    for experiment in experiments:
        if experiment.name.lower() in names:  # a folder each, on disks that take capitals for small letters too
            raise InputError(f"many: two experiments are named {experiment.name}, which names a folder; give one of them another `name`")
        names.add(experiment.name.lower())
