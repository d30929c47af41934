"""`forecast ask`: a fitted run, any question."""

from typing import Annotated

import typer

from forecast.cli.formats import TABLE_OR_JSON, echo_json
from forecast.cli.parameters import AS_OF, STORE_OF_RUN


def ask(
    run: Annotated[str, typer.Argument(help="Run folder, MLflow run id, or models:/NAME@ALIAS.", show_default=False)],
    fall: Annotated[str | None, typer.Option(help="Does a close fall so far below the surge's: 5%.")] = None,
    rise: Annotated[str | None, typer.Option(help="Does a close rise so far above it: 5%.")] = None,
    barrier: Annotated[str | None, typer.Option(help="Which comes first, a rise or a fall of so much (a log move): 5%.")] = None,
    level: Annotated[float | None, typer.Option(help="Does the index close at this level or beyond: 2150.")] = None,
    within: Annotated[int | None, typer.Option(help="Sessions from the surge.")] = None,
    by: Annotated[str | None, typer.Option(help="Last day that counts, YYYY-MM-DD, in place of --within.")] = None,
    data: Annotated[str | None, typer.Option(help="As for predict, with --as-of for another day; default, the run's answer.")] = None,
    as_of: AS_OF = None,
    form: TABLE_OR_JSON = "table",
    tracking_uri: STORE_OF_RUN = None,
) -> None:
    """Ask a fitted run any question about the sessions after its last surge; nothing is refitted."""
    from forecast import api
    from forecast.cli.progress import shown_waiting

    with shown_waiting("asking", 2.0):
        reply = api.ask(
            run,
            fall=fall,
            rise=rise,
            barrier=barrier,
            level=level,
            within=within,
            by=by,
            data=data,
            as_of=as_of,
            tracking_uri=tracking_uri,
        )
    if form == "json":
        echo_json(reply.to_dict())
        return
    from forecast.report.text.console import console
    from forecast.report.text.event_table import show_event

    show_event(console(), reply)
