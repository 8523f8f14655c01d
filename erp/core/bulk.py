"""Write many rows at once: ids taken from the table's sequence in one statement, rows sent by COPY."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection


def next_ids(table: str, count: int) -> list[int]:
    """``count`` fresh ids of the table, ascending."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return sorted(row[0] for row in cursor.fetchall())


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into the table; values stand in the order of ``columns``.

    Refusals of the database arrive as Django's errors, as from any other statement.
    """
    ready = list(rows)  # made before COPY begins: whoever asks the database while it runs would wait for ever
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        write_row = copy.write_row
        for row in ready:
            write_row(row)
