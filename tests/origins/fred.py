"""FRED and ALFRED as they answer, of numbers made up: series as CSV without a key, first releases as JSON with one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.origins.server import Answer, Request

CSV, JSON = "/graph/fredgraph.csv", "/fred/series/observations"
KEY = "0123456789abcdef0123456789abcdef"
UNKNOWN = b"<!DOCTYPE html>\n<html><head><title>FRED - Page not found</title></head><body>404</body></html>\n"
Releases = Sequence[tuple[str, str, str]]  # day, value, day of release


@dataclass
class Fred:
    """series : the lines of each below its header, as text of day and value.   header : of the first column.
    releases : of ALFRED, every one of a day, the first first.   page : observations of one answer.
    """

    series: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    releases: Mapping[str, Releases] = field(default_factory=dict)
    page: int = 100_000
    header: str = "observation_date"

    def __call__(self, request: Request) -> Answer:
        if request.path == CSV:
            return self._csv(request)
        if request.path == JSON:
            return self._json(request)
        return Answer(UNKNOWN, 404, "text/html")

    def _csv(self, request: Request) -> Answer:
        name = request.query.get("id", "")
        if name not in self.series:
            return Answer(UNKNOWN, 404, "text/html")
        rows = [row for row in self.series[name] if row[0] >= request.query.get("cosd", "")]
        return Answer(csv_of(name, rows, header=self.header), content_type="application/csv")

    def _json(self, request: Request) -> Answer:
        name, key = request.query.get("series_id", ""), request.query.get("api_key", "")
        if key != KEY:
            return refusal(400, "Bad Request.  The value for variable api_key is not registered.")
        if name not in self.releases:
            return refusal(400, "Bad Request.  The series does not exist.")
        rows, kind = self.releases[name], request.query["output_type"]
        rows = rows if kind == "1" else list({row[0]: row for row in reversed(rows)}.values())[::-1]
        content = json_of(rows, kind=kind, offset=int(request.query.get("offset", 0)), limit=self.page)
        return Answer(content, content_type="application/json; charset=UTF-8")


def csv_of(name: str, rows: Sequence[tuple[str, str]], *, header: str = "observation_date") -> bytes:
    """A series as /graph/fredgraph.csv gives it."""
    return "".join(f"{day},{value}\n" for day, value in [(header, name), *rows]).encode()


def json_of(releases: Releases, *, kind: str = "4", offset: int = 0, limit: int = 100_000) -> bytes:
    """Releases as /fred/series/observations gives them: the first of each day (kind 4), or all (kind 1)."""
    rows = [{"realtime_start": release, "realtime_end": "9999-12-31", "date": day, "value": value} for day, value, release in releases]
    answer = {
        "realtime_start": "1776-07-04",
        "realtime_end": "9999-12-31",
        "observation_start": "1600-01-01",
        "observation_end": "9999-12-31",
        "units": "lin",
        "output_type": int(kind),
        "file_type": "json",
        "order_by": "observation_date",
        "sort_order": "asc",
        "count": len(rows),
        "offset": offset,
        "limit": limit,
        "observations": rows[offset : offset + limit],
    }
    return json.dumps(answer).encode()


def refusal(status: int, words: str) -> Answer:
    """An error as the API tells it."""
    return Answer(json.dumps({"error_code": status, "error_message": words}).encode(), status, "text/xml; charset=utf-8")
