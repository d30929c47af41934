"""The knowledge-time frame: series, releases, calendars, the panel and `@feature`."""

from features.panel.calendar import bounds, close_after, closes_after, is_session, last_closed, session_after, sessions
from features.panel.fomc import Meeting, last_meeting, meetings, meetings_ahead, meetings_between, target_range
from features.panel.panel import Panel, build_panel
from features.panel.registry import Feature, feature
from features.panel.series import Basis, Every, Series

__all__ = [
    "Basis",
    "Every",
    "Feature",
    "Meeting",
    "Panel",
    "Series",
    "bounds",
    "build_panel",
    "close_after",
    "closes_after",
    "feature",
    "is_session",
    "last_closed",
    "last_meeting",
    "meetings",
    "meetings_ahead",
    "meetings_between",
    "session_after",
    "sessions",
    "target_range",
]
