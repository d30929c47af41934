"""`forecast data`: the store of live data, which `--data live` reads."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forecast.cli.exit_codes import ExitCode
from forecast.cli.formats import TABLE_OR_JSON, echo_json
from forecast.cli.output_options import output_options
from forecast.cli.parameters import CACHE

if TYPE_CHECKING:
    from datetime import datetime

    from features.live.store.requirements import RequiredFile
    from features.live.store.snapshot import Snapshot
    from features.live.store.store import Store

EXPERIMENT = Annotated[Path, typer.Argument(help="Experiment file (TOML), whose files are meant.", show_default=False)]


def list_(experiment: EXPERIMENT, cache: CACHE = None, form: TABLE_OR_JSON = "table") -> None:
    """Say what the store holds of each file of an experiment, and before a first pull what that would ask for; nobody is asked."""
    from features.live.store.inspection import planned_files, stored_files
    from features.live.store.timestamps import timestamp_name
    from forecast.backtest.experiment import read_experiment

    store, files = _store(experiment, cache)
    if not store.pulls():
        planned = planned_files(files, read_experiment(experiment).live.origins, store.dropped)
        if form == "json":
            echo_json({"store": str(store.folder), "dropped": str(store.dropped), "pulls": [], "planned": planned}, default=_plain)
            return
        from forecast.report.text.console import console
        from forecast.report.text.store_tables import show_planned

        show_planned(console(), planned, store)
        return
    holdings = stored_files(_snapshot(store, files), files)
    pulls = [timestamp_name(moment) for moment in store.pulls()]
    if form == "json":
        echo_json({"store": str(store.folder), "dropped": str(store.dropped), "pulls": pulls, "files": holdings}, default=_plain)
        return
    from forecast.report.text.console import console
    from forecast.report.text.store_tables import show_held

    show_held(console(), holdings, store)


def pull(
    experiment: EXPERIMENT,
    cache: CACHE = None,
    full: Annotated[bool, typer.Option("--full", help="Ask for whole histories, however short ago they were asked for.")] = False,
    accept: Annotated[list[str] | None, typer.Option(help="File whose change you have looked at, and take. May be repeated.")] = None,
    form: TABLE_OR_JSON = "table",
) -> None:
    """Ask every origin of an experiment, and keep what is new; what cannot be had stays as it was, which is exit code 2."""
    from features.live.store.fetch import OriginFetcher, default_client
    from features.live.store.open_live import now
    from features.live.store.pull import Puller
    from forecast.backtest.experiment import read_experiment
    from forecast.cli.progress import shown_progress

    store, files = _store(experiment, cache)
    origins = read_experiment(experiment).live.origins
    with shown_progress() as progress:
        puller = Puller(store, OriginFetcher(origins, default_client(), store.dropped), now, tuple(accept or ()))
        log_entry = puller.pull(files, progress, full=full)
    if form == "json":
        echo_json({"moment": log_entry.moment, "items": log_entry.items}, default=_plain)
    else:
        from forecast.report.text.console import console
        from forecast.report.text.store_tables import show_pull

        show_pull(console(), log_entry, quiet=output_options().quiet)
    if any(item.fault for item in log_entry.items.values()):
        raise typer.Exit(ExitCode.MISTAKE)


def check(experiment: EXPERIMENT, cache: CACHE = None, form: TABLE_OR_JSON = "table") -> None:
    """Read every vintage of an experiment's files and compare the digests; judge what is in force anew. Exit code 2 for damage."""
    from features.live.store.inspection import check_store
    from features.live.store.open_live import now

    store, files = _store(experiment, cache)
    result = check_store(_snapshot(store, files), files, now())
    if form == "json":
        echo_json(result, default=_plain)
    else:
        from forecast.report.text.console import console
        from forecast.report.text.store_tables import show_checked

        show_checked(console(), result)
    if result.damaged:
        raise typer.Exit(ExitCode.MISTAKE)


def diff(
    experiment: EXPERIMENT,
    before: Annotated[str | None, typer.Option("--from", help="A moment, UTC; default, the pull before the last.")] = None,
    after: Annotated[str | None, typer.Option("--to", help="A moment, UTC; default, now.")] = None,
    cache: CACHE = None,
    form: TABLE_OR_JSON = "table",
) -> None:
    """Say what changed in the store from one moment to another: how many values, and the largest change of each file."""
    from features.errors import InputError
    from features.live.store.inspection import differences

    store, files = _store(experiment, cache)
    moments = store.pulls()
    if len(moments) < 2 and before is None:
        raise InputError(f"--cache {store.folder}: a change needs two pulls, and it holds {len(moments)}; pull, or name a moment --from")
    start, end = _moment(before) or moments[-2], _moment(after)
    changes = differences(_snapshot(store, files, start), _snapshot(store, files, end))
    if form == "json":
        echo_json(changes, default=_plain)
        return
    from forecast.report.text.console import console
    from forecast.report.text.store_tables import show_differences

    show_differences(console(), changes, start, end)


def export(
    experiment: EXPERIMENT,
    folder: Annotated[Path, typer.Argument(help="New folder for the files that [inputs] and [companions] name.", show_default=False)],
    at: Annotated[str | None, typer.Option("--at", help="A moment, UTC; default, now.")] = None,
    cache: CACHE = None,
    form: TABLE_OR_JSON = "table",
) -> None:
    """Write what the store holds as a folder that trains offline, with --data FOLDER, to the same digest."""
    from features.live.store.export import export as write

    store, files = _store(experiment, cache)
    exports = write(_snapshot(store, files, _moment(at)), folder)
    if form == "json":
        echo_json(exports, default=_plain)
        return
    from forecast.report.text.console import console
    from forecast.report.text.store_tables import show_exported

    show_exported(console(), exports, folder)


def _store(experiment: Path, cache: Path | None) -> tuple["Store", list["RequiredFile"]]:
    """The store, and the files of the experiment."""
    from features.live.store.open_live import LiveInputs, cache_folder
    from features.live.store.store import Store
    from forecast.backtest.experiment import read_experiment

    chosen = read_experiment(experiment)
    files = LiveInputs(chosen.live, chosen.inputs, chosen.companions, chosen.market.exchange).files()
    return Store(cache_folder(cache)), files


def _snapshot(store: "Store", files: "Sequence[RequiredFile]", at: "datetime | None" = None) -> "Snapshot":
    """The snapshot, after a warning for each damaged vintage; InputError for a store that holds nothing."""
    from features.errors import InputError
    from features.live.store.open_live import snapshot

    if not store.pulls():
        raise InputError(f"--cache {store.folder}: holds no pull; pull first, or name the store")
    content, damaged = snapshot(store, files, at)
    for line in damaged:
        typer.echo(f"warning: {line}", err=True)
    return content


def _moment(text: str | None) -> "datetime | None":
    from features.live.store.timestamps import parse_moment

    return None if text is None else parse_moment(text)


def _plain(value: Any) -> Any:
    """Types that JSON does not know: a dataclass as a dictionary, a moment as its name in the store."""
    from dataclasses import asdict
    from datetime import datetime

    from features.live.store.timestamps import timestamp_name
    from forecast.runs.manifest import finite

    return timestamp_name(value) if isinstance(value, datetime) else finite(asdict(value))


GROUP = "data"
HELP = "Pull, look at and export what --data live is read from."
COMMANDS = (list_, pull, check, diff, export)
