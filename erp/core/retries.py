"""Services that lock rows: one transaction, tried again when the database chose it as the victim of a deadlock.

Only the outermost transaction can be tried again; inside another one the error goes up to whoever opened that.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from django.db import OperationalError, transaction

P = ParamSpec("P")
T = TypeVar("T")

TRIES = 5
RETRIABLE = {"40001", "40P01"}  # serialization failure, deadlock detected

log = structlog.get_logger(__name__)


def transactional(service: Callable[P, T]) -> Callable[P, T]:
    """Run the service in one transaction; on deadlock or serialization failure run it again: five tries at most."""

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if transaction.get_connection().in_atomic_block:
            with transaction.atomic():
                return service(*args, **kwargs)
        for attempt in range(1, TRIES + 1):
            try:
                with transaction.atomic():
                    return service(*args, **kwargs)
            except OperationalError as error:
                state = getattr(error.__cause__, "sqlstate", None)
                if state not in RETRIABLE or attempt == TRIES:
                    raise
                log.warning("transaction_retry", service=service.__qualname__, sqlstate=state, attempt=attempt)
        raise AssertionError("unreachable")

    return run
