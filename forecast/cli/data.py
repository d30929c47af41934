"""`forecast data`: what `--data live` is read from; the store of everything that was pulled."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.evaluate import Format
from forecast.cli.exit_codes import ExitCode
from forecast.cli.output_options import manner

if TYPE_CHECKING:
    from datetime import datetime

    from features.live.store.requirements import RequiredFile
    from features.live.store.snapshot import Snapshot
    from features.live.store.store import Store

EXPERIMENT = Annotated[Path, typer.Argument(help="Experiment file (TOML), whose files are meant.", show_default=False)]
CACHE = Annotated[Path | None, typer.Option(help="Store of live data; default SMALLCAP_SURGE_CACHE, or the user's cache.")]
FORM = Annotated[Format, typer.Option("--format", help="What to print.")]


def list_(experiment: EXPERIMENT, cache: CACHE = None, form: FORM = Format.TABLE) -> None:
    """Say what the store holds of each file of an experiment, how old it is, and where files are dropped; nobody is asked."""
    from features.live.store.inspection import stored_files

    store, files = _store(experiment, cache)
    taken = _snapshot(store, files)
    found = stored_files(taken, files)
    if form is Format.JSON:
        _echo({"store": str(store.folder), "dropped": str(store.dropped), "pulls": _moments(store), "files": found})
        return
    from forecast.report.text.console import console
    from forecast.report.text.store_tables import show_held

    show_held(console(), found, store)


def pull(
    experiment: EXPERIMENT,
    cache: CACHE = None,
    full: Annotated[bool, typer.Option("--full", help="Ask for whole histories, however short ago they were asked for.")] = False,
    accept: Annotated[list[str] | None, typer.Option(help="File whose change you have looked at, and take. May be repeated.")] = None,
    form: FORM = Format.TABLE,
) -> None:
    """Ask every origin of an experiment, and keep what is new; what cannot be had stays as it was, which is exit code 2."""
    from features.live.store.fetch import OriginFetcher, default_client
    from features.live.store.open_live import now
    from features.live.store.pull import Puller
    from forecast.backtest.experiment import read_experiment
    from forecast.cli.progress import shown_progress

    store, files = _store(experiment, cache)
    origins = read_experiment(experiment).live.origins
    with shown_progress() as told:
        found = Puller(store, OriginFetcher(origins, default_client(), store.dropped), now, tuple(accept or ())).pull(
            files, told, full=full
        )
    if form is Format.JSON:
        _echo({"moment": found.moment, "items": found.items})
    else:
        from forecast.report.text.console import console
        from forecast.report.text.store_tables import show_pull

        show_pull(console(), found, quiet=manner().quiet)
    if any(item.fault for item in found.items.values()):
        raise typer.Exit(ExitCode.MISTAKE)


def check(experiment: EXPERIMENT, cache: CACHE = None, form: FORM = Format.TABLE) -> None:
    """Read every vintage of an experiment's files and compare the digests; judge what is in force anew. ExitCode code 2 for damage."""
    from features.live.store.inspection import check_store
    from features.live.store.open_live import now

    store, files = _store(experiment, cache)
    found = check_store(_snapshot(store, files), files, now())
    if form is Format.JSON:
        _echo(found)
    else:
        from forecast.report.text.console import console
        from forecast.report.text.store_tables import show_checked

        show_checked(console(), found)
    if found.damaged:
        raise typer.Exit(ExitCode.MISTAKE)


def diff(
    experiment: EXPERIMENT,
    before: Annotated[str | None, typer.Option("--from", help="A moment, UTC; default, the pull before the last.")] = None,
    after: Annotated[str | None, typer.Option("--to", help="A moment, UTC; default, now.")] = None,
    cache: CACHE = None,
    form: FORM = Format.TABLE,
) -> None:
    """Say what changed in the store from one moment to another: how many values, and the largest change of each file."""
    from features.errors import InputError
    from features.live.store.inspection import differences

    store, files = _store(experiment, cache)
    moments = store.pulls()
    if len(moments) < 2 and before is None:
        raise InputError(f"--cache {store.folder}: a change needs two pulls, and it holds {len(moments)}; pull, or name a moment --from")
    start, end = _moment(before) or moments[-2], _moment(after)
    found = differences(_snapshot(store, files, start), _snapshot(store, files, end))
    if form is Format.JSON:
        _echo(found)
        return
    from forecast.report.text.console import console
    from forecast.report.text.store_tables import show_differences

    show_differences(console(), found, start, end)


def export(
    experiment: EXPERIMENT,
    folder: Annotated[Path, typer.Argument(help="New folder for the files that [inputs] and [companions] name.", show_default=False)],
    at: Annotated[str | None, typer.Option("--at", help="A moment, UTC; default, now.")] = None,
    cache: CACHE = None,
    form: FORM = Format.TABLE,
) -> None:
    """Write what the store holds as a folder that trains offline, with --data FOLDER, to the same digest."""
    from features.live.store.export import export as write

    store, files = _store(experiment, cache)
    found = write(_snapshot(store, files, _moment(at)), folder)
    if form is Format.JSON:
        _echo(found)
        return
    from forecast.report.text.console import console
    from forecast.report.text.store_tables import show_exported

    show_exported(console(), found, folder)


def _store(experiment: Path, cache: Path | None) -> tuple["Store", list["RequiredFile"]]:
    from features.live.store.open_live import LiveInputs, cache_folder
    from features.live.store.store import Store
    from forecast.backtest.experiment import read_experiment

    chosen = read_experiment(experiment)
    files = LiveInputs(chosen.live, chosen.inputs, chosen.companions, chosen.market.exchange).files()
    return Store(cache_folder(cache)), files


def _snapshot(store: "Store", files: "Sequence[RequiredFile]", at: "datetime | None" = None) -> "Snapshot":
    """The snapshot, what is damaged being said on standard error; InputError for a store that holds nothing."""
    from features.errors import InputError
    from features.live.store.open_live import snapshot

    if not store.pulls():
        raise InputError(f"--cache {store.folder}: holds no pull; pull first, or name the store")
    found, damaged = snapshot(store, files, at)
    for line in damaged:
        typer.echo(f"warning: {line}", err=True)
    return found


def _moment(given: str | None) -> "datetime | None":
    from features.live.store.timestamps import parse_moment

    return None if given is None else parse_moment(given)


def _moments(store: "Store") -> list[str]:
    from features.live.store.timestamps import timestamp_name

    return [timestamp_name(moment) for moment in store.pulls()]


def _echo(found: object) -> None:
    """`found` as JSON; a number that is not finite becomes null, a moment a name."""
    import json

    from forecast.runs.folder import finite

    typer.echo(json.dumps(finite(_plain(found)), indent=1, allow_nan=False))


def _plain(found: object) -> object:
    from dataclasses import fields, is_dataclass
    from datetime import datetime

    from features.live.store.timestamps import timestamp_name

    if isinstance(found, datetime):
        return timestamp_name(found)
    if is_dataclass(found):
        return {field.name: _plain(getattr(found, field.name)) for field in fields(found)}
    if isinstance(found, dict):
        return {str(key): _plain(item) for key, item in found.items()}
    return [_plain(item) for item in found] if isinstance(found, list | tuple) else found


GROUP = "data"
HELP = "Pull, look at and export what --data live is read from."
COMMANDS = (list_, pull, check, diff, export)
