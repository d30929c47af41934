"""A web page in the place of data."""

MARKS = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<title", b"<meta ")
LOOKED_AT = 2000  # bytes; comments and declarations may come before the first mark


def looks_like_html(content: bytes) -> bool:
    """Whether this is a page rather than a table, JSON or an archive: it begins with a tag, and one of a page comes soon."""
    head = content[:LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return head.startswith(b"<") and any(mark in head for mark in MARKS)
