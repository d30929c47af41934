"""Recognises a web page that came in the place of data."""

MARKS = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<title", b"<meta ")
LOOKED_AT = 2000  # bytes; comments and declarations may come before the first mark


def looks_like_html(content: bytes) -> bool:
    """Whether this is a page and no table, JSON or archive: it begins with a tag, and a tag of a page follows soon."""
    head = content[:LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return head.startswith(b"<") and any(mark in head for mark in MARKS)
