"""History of masters and rules: every insert, update and delete leaves a row, whoever made it.

Statement-level triggers of the database write it, so bulk writes and raw SQL are recorded too; the web
middleware adds who and from where.
"""

from collections.abc import Callable
from typing import Any

import pghistory


def tracked(*, inserts: bool = True, deletes: bool = True) -> Callable[[Any], Any]:
    """Class decorator that keeps the history of a model. Trackers hold the model's state: each model needs its own.

    Without ``inserts`` only what was changed or deleted leaves a row: for tables that are written in bulk.
    """
    events: list[Any] = [pghistory.UpdateEvent(level=pghistory.Statement)]
    if inserts:
        events.insert(0, pghistory.InsertEvent(level=pghistory.Statement))
    if deletes:
        events.append(pghistory.DeleteEvent(level=pghistory.Statement))
    return pghistory.track(*events)
