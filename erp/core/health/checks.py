"""Is this installation well? Each check answers ok, degraded (works, but somebody should look) or down.

The one idea: only what stops people from working is *down*. A lost broker is not – facts wait in the database and
the sweep posts them – so it never takes the web servers out of service.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

import kombu
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import KombuError

BROKER_SECONDS = 1.0
FREE_BYTES = 1024**3
FREE_BYTES_AT_ALL = 64 * 1024**2


class Level(IntEnum):
    """In order of gravity."""

    OK = 0
    DEGRADED = 1
    DOWN = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. ``note`` says what is wrong in words; ``figures`` are for people who may see them."""

    level: Level
    note: str = ""
    figures: dict[str, Any] = field(default_factory=dict)


Check = Callable[[], Finding]
_CHECKS: dict[str, Check] = {}


def register_check(name: str, check: Check) -> None:
    """Ask ``check`` too. It runs only when the database answers."""
    _CHECKS[name] = check


def database() -> Finding:
    """The database answers and has this program's tables."""
    started = time.perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        seconds = time.perf_counter() - started
        waiting = _waiting_migrations()
    except DatabaseError as error:
        return Finding(Level.DOWN, f"The database does not answer: {type(error).__name__}.")
    if waiting:
        return Finding(Level.DOWN, f"{waiting} migrations are not applied. Run manage.py migrate.")
    return Finding(Level.OK, figures={"milliseconds": round(seconds * 1000, 1)})


_migrated = False


def _waiting_migrations() -> int:
    """How many migrations are missing. Once there are none, this program has all that it knows: asked no more."""
    global _migrated
    if _migrated:
        return 0
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    _migrated = not waiting
    return waiting


def broker() -> Finding:
    """The broker takes wake-up calls; without it posting waits for the sweep."""
    url = str(settings.CELERY_BROKER_URL)
    if url.startswith("memory://"):
        return Finding(Level.OK)
    try:
        with kombu.Connection(url, connect_timeout=BROKER_SECONDS, transport_options={"socket_timeout": 1}) as wire:
            wire.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_SECONDS)
    except (OSError, KombuError) as error:
        note = f"The broker does not answer ({type(error).__name__}); documents are safe, their vouchers come later."
        return Finding(Level.DEGRADED, note)
    return Finding(Level.OK)


def disk() -> Finding:
    """There is room for files that users upload and for results of jobs."""
    folder = Path(settings.MEDIA_ROOT)
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    figures = {"free_gb": round(free / 1024**3, 1)}
    if free < FREE_BYTES_AT_ALL:
        return Finding(Level.DOWN, "The disk is full.", figures)
    if free < FREE_BYTES:
        return Finding(Level.DEGRADED, "The disk is nearly full.", figures)
    return Finding(Level.OK, figures=figures)


def run() -> dict[str, Finding]:
    """All checks by name. What apps registered is asked only of a database that answers."""
    found = {"database": database(), "broker": broker(), "disk": disk()}
    if found["database"].level == Level.OK:
        found |= {name: check() for name, check in _CHECKS.items()}
    return found


def worst(findings: dict[str, Finding]) -> Level:
    """The level of the whole."""
    return max(finding.level for finding in findings.values())
