"""Details of the run: names, versions and digests, enough to make it again."""

from forecast.report.html.number_format import listed, number
from forecast.report.html.page_elements import PageTable, Section
from forecast.report.html.report_data import ReportData

KEY, TITLE = "about", "About this run"


def section(data: ReportData) -> Section:
    """Names, versions and digests."""
    about, experiment = data.run.manifest, data.experiment
    rows = [
        ("run", about.name),
        ("experiment", experiment.name),
        ("question", experiment.questions[0].sentence),
        ("digest", about.digest),
        ("panel digest", about.panel_digest[:16]),
        ("run id", about.run_id),
        ("index", about.series),
        ("data", f"{about.source}: {about.origin}"),
        ("sessions", f"{about.sessions}, {about.first_session} to {about.as_of}"),
        ("components", listed(experiment.model.components)),
        ("paths a forecast", str(experiment.model.paths)),
        ("seed", str(experiment.seed)),
        ("version", f"smallcap-surge {about.version}, Python {about.python}"),
    ]
    if "seconds" in data.metrics:
        rows.append(("seconds of training", number(data.metrics["seconds"], ".0f")))
    return Section(KEY, TITLE, tables=(PageTable("The run", ("what", "value"), tuple(rows)),))
