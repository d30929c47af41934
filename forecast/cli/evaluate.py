"""`forecast evaluate`: what the settled forecasts of a run were worth."""

from forecast.cli.formats import TABLE_OR_JSON, echo_json
from forecast.cli.output_options import output_options
from forecast.cli.parameters import PICTURES, QUESTION, RUN, STORE_OF_RUN


def evaluate(
    run: RUN,
    question: QUESTION = None,
    form: TABLE_OR_JSON = "table",
    pictures: PICTURES = None,
    tracking_uri: STORE_OF_RUN = None,
) -> None:
    """Scores, skill and its error, calibration, slices of a run's settled forecasts.

    Of all questions they are written into the run's folder too, as evaluation.json.
    """
    from forecast.cli.progress import shown_progress
    from forecast.report.evaluation.evaluation import evaluate_run
    from forecast.report.evaluation.evaluation_file import evaluation_json, write_evaluation
    from forecast.report.evaluation.monitor_status import read_monitors
    from forecast.report.evaluation.pictures import draw_evaluations
    from forecast.runs.folder import open_run
    from forecast.runs.locate import locate

    folder = open_run(locate(run, tracking_uri))
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    drawn = []
    with shown_progress() as progress:
        evaluations = evaluate_run(folder, label=question, progress=progress)
        if pictures is not None:
            drawn = draw_evaluations(folder.manifest.series, evaluations, read_monitors(folder), pictures, progress)
    content = evaluation_json(folder, evaluations)
    files = [f"Picture: {path}" for path in drawn]
    if question is None:
        try:
            files.append(f"Evaluation: {write_evaluation(folder.folder, content)}")
        except OSError as error:  # of somebody else's run: what was asked for is still printed
            files.append(f"evaluation.json was not written into {folder.folder}: {error.strerror}")
    if form == "json":
        echo_json(content)
        return
    from forecast.report.text.console import console
    from forecast.report.text.evaluation_table import show_evaluations

    screen = console()
    show_evaluations(screen, evaluations, summary=question is None, overfitting=content["overfitting"])
    for line in () if output_options().quiet else files:
        screen.print(line, soft_wrap=True, markup=False)
