"""Tests run on real PostgreSQL. Each run at the same time has a database of its own, so runs don't meet."""

import fcntl
import os
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import TransactionTestCase

from erp import local

_DATABASE = "TONGZHANG_TEST_DATABASE"
_HELD = pytest.StashKey[object]()


def pytest_configure(config: pytest.Config) -> None:
    """The controller takes the first free database name; its parallel workers inherit and extend it."""
    if hasattr(config, "workerinput") or os.environ.get(_DATABASE):
        return
    folder = local.var_dir() / "run"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(100):
        lock = open(folder / f"test-{number}.lock", "w")  # noqa: SIM115  (held until the run ends)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        config.stash[_HELD] = lock
        os.environ[_DATABASE] = f"test_tongzhang_{number}"
        return


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    connection.settings_dict["TEST"]["NAME"] = os.environ[_DATABASE]
    request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")


_empty_tables = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]


def _empty_guarded_tables(self: TransactionTestCase) -> None:
    """After a test with real commits the tables are emptied, which the guards of the books rightly refuse."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    _empty_tables(self)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = DEFAULT")


TransactionTestCase._fixture_teardown = _empty_guarded_tables  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis for the tests that need one."""
    yield os.environ.get("REDIS_URL") or local.redis_url(test=True)
