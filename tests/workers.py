"""Real Celery processes and a real Redis for tests that commit: started, killed and waited for.

Each test process has a Redis database and a PostgreSQL database of its own, so runs at the same time never meet.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis
from django.db import connection

from erp import local
from erp.celery import app
from erp.settings.base import broker

ROOT = Path(__file__).resolve().parents[1]


class Machine:
    """What a test may start and break. ``log`` gathers what the processes say."""

    def __init__(self, redis_url: str, folder: Path) -> None:
        self.number = _own_number()
        self.redis_url = _with_number(redis_url, self.number)
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.redis = _client(redis_url, self.number)
        self.redis.flushdb()

    @property
    def broker_url(self) -> str:
        return broker(self.redis_url)["CELERY_BROKER_URL"]

    def environment(self, **more: str) -> dict[str, str]:
        head, _mark, query = (os.environ.get("DATABASE_URL") or local.database_url(test=True)).partition("?")
        database = f"{head.rpartition('/')[0]}/{connection.settings_dict['NAME']}?{query}"
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "erp.settings.demo",
            "DATABASE_URL": database,
            "REDIS_URL": self.redis_url,
            **more,
        }

    def start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """A Celery process in a group of its own, with children that die with it."""
        with (self.folder / "celery.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "erp", *command],
                cwd=ROOT,
                env=self.environment(**environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def worker(self, **environment: str) -> subprocess.Popen[bytes]:
        alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")
        return self.start("worker", "--concurrency", "1", "--loglevel", "INFO", *alone, **environment)

    def beat(self) -> subprocess.Popen[bytes]:
        return self.start("beat", "--loglevel", "INFO", "--pidfile", "")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9 the process and its children: nothing is tidied up."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop_all(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                self.kill(process)
        self.redis.flushdb()

    def said(self) -> str:
        """The end of the log, for the message of a failing test."""
        return (self.folder / "celery.log").read_text(errors="replace")[-4_000:]

    def wait(self, what: str, until: Callable[[], Any], seconds: float = 60.0, pause: float = 0.05) -> Any:
        """Ask ``until`` until it answers truly, and return its answer."""
        end = time.monotonic() + seconds
        while not (answer := until()):
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds:.0f} s: {what}\n{self.said()}")
            time.sleep(pause)
        return answer


@contextmanager
def waking(machine: Machine) -> Iterator[None]:
    """Within, this process sends its wake-up calls to the machine's Redis instead of running tasks itself."""
    before = {name: app.conf[name] for name in ("task_always_eager", "broker_url", "broker_transport_options")}
    app.conf.update(task_always_eager=False, broker_url=machine.broker_url, broker_transport_options={})
    _forget_connections()
    try:
        yield
    finally:
        app.conf.update(before)
        _forget_connections()


def _forget_connections() -> None:
    app._pool = None
    app.amqp._producer_pool = None


def _own_number() -> int:
    """A Redis database for this test process: from the number of its run and of its worker."""
    found = [int(text) for text in re.findall(r"\d+", str(connection.settings_dict["NAME"]))]
    return sum(n * m for n, m in zip(found, (8, 1), strict=False)) % 15 + 1


def _with_number(url: str, number: int) -> str:
    if url.startswith("unix://"):
        return f"{url}?virtual_host={number}"
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{number}", parts.query, ""))


def _client(url: str, number: int) -> "redis.Redis[bytes]":
    if url.startswith("unix://"):
        return redis.Redis(unix_socket_path=url.removeprefix("unix://"), db=number)
    return redis.Redis.from_url(_with_number(url, number))
