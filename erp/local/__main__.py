"""``python -m erp.local status|start|stop|remove``: the servers of this checkout by hand."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import signal
import sys
import time

from erp import local
from erp.local.errors import LocalServerError
from erp.local.postgres import remove_program_copies


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m erp.local", description=__doc__)
    parser.add_argument("what", choices=["status", "start", "stop", "remove"])
    what = parser.parse_args().what
    try:
        if what in ("stop", "remove"):
            _stop_demo()
        if what == "start":
            local.database_url()
            local.redis_url()
        for test in (False, True):
            for server in (local.postgres_server(test=test), local.redis_server(test=test)):
                if what == "stop":
                    server.stop()
                elif what == "remove":
                    server.remove()
                print(f"{type(server).__name__:9} {'runs' if server.is_running() else 'stopped':8} {server.url}")
        if what == "remove":
            remove_program_copies()
    except LocalServerError as error:
        sys.exit(str(error))


def _stop_demo() -> None:
    """End a `make demo` of this checkout, which stops what it started."""
    path = local.var_dir() / "run" / "demo.lock"
    if not path.exists():
        return
    with open(path) as lock:
        pid = lock.read().strip()
        until = time.monotonic() + 30
        signalled = False
        while not _free(lock.fileno()):
            if pid and not signalled:
                # The lock is held, so the number in it is that of a living demo.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGTERM)
                signalled = True
            if time.monotonic() > until:
                raise LocalServerError(f"The demo (process {pid or '?'}) does not stop.\nCure: kill -9 {pid}")
            time.sleep(0.1)


def _free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    main()
