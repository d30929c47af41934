"""The knowledge-time frame: series, releases, calendar, panel and `@feature`."""
