"""What a forked process has imported already, and compiled: the server of `tests.processes` imports this before it forks."""

import forecast.cli.app
import forecast.runs.tracking.log
import forecast.runs.write  # noqa: F401
from tests.studies import small_study

small_study().run(jobs=1)  # components are imported, and kernels loaded, when they are first needed
