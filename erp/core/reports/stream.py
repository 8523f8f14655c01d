"""Rows straight from the database, a handful in memory at a time: how a book of a million lines goes into a file."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection

CHUNK = 2_000


def stream(sql: str, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of a query through a cursor on the server. Taken once; the cursor closes with the last row."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows
