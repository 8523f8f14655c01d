"""``make demo``, ``make load`` and ``make dev``: the product on this machine, started and stopped as one.

The one idea: servers, schema, worker, data, web, in that order; what was started here is stopped here, and what
was already running (a database that the environment names, a server of another terminal) is left alone.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import http.client
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from erp import local
from erp.local.environment import busy_port_message, port_is_free
from erp.local.errors import LocalServerError
from erp.local.processes import Child, ChildDied, Group, Interrupted, interruptible, say

_PYTHON = [sys.executable]
_MANAGE = [sys.executable, str(local.ROOT / "manage.py")]
_CELERY = [sys.executable, "-m", "celery", "-A", "erp"]
_HEALTH_SECONDS = 60.0
# Log lines would hide the progress of a step; the long-running processes log in full to their files.
_QUIET = {"LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING")}
# load_demo's exit code when rows were refused or events failed; the rest is there to be looked at.
_LOADED_IN_PART = 1


def main() -> None:
    arguments = _parse()
    what = {"demo": demo, "load": load, "dev": develop}[arguments.what]
    try:
        with interruptible():
            what(arguments)
    except Interrupted:
        say("Stopped.")
        # The exit code of a program that SIGINT ended.
        sys.exit(0 if arguments.what != "load" else 130)
    except (LocalServerError, ChildDied) as error:
        sys.exit(str(error))


def demo(arguments: argparse.Namespace) -> None:
    """Everything, with the demo company's books; stays until it is interrupted."""
    _refuse_busy_port(arguments.port, "demo")
    started = time.monotonic()
    with _only_one("demo"), _servers() as urls, Group(_logs(), urls) as group:
        _step(group, "Bringing the database up to date …", [*_MANAGE, "migrate", "--noinput", "--verbosity", "0"])
        _step(group, "Completing the companies …", [*_MANAGE, "complete_companies"])
        group.start("worker", _worker())
        group.start("web", _web(arguments.port), DATABASE_POOL="1")
        say("Loading the demo company …")
        code = group.run(_load_demo(arguments), **_QUIET)
        if code not in (0, _LOADED_IN_PART):
            raise ChildDied(f"Loading failed (exit code {code}); the message is above.")
        group.start("beat", _beat())
        _wait_until_healthy(group, arguments.port)
        _announce(arguments.port, time.monotonic() - started)
        if code == _LOADED_IN_PART:
            say("Some rows were refused or events failed: see the import and the link monitor there.")
        group.watch()


def load(arguments: argparse.Namespace) -> None:
    """Set-up and data only. The last line on stdout is the loader's JSON object."""
    with _servers() as urls, Group(_logs(), urls) as group:
        _step(group, "Bringing the database up to date …", [*_MANAGE, "migrate", "--noinput", "--verbosity", "0"])
        _step(group, "Completing the companies …", [*_MANAGE, "complete_companies"])
        group.start("worker", _worker())
        say("Loading the demo company …")
        code = group.run([*_load_demo(arguments), "--json"], **_QUIET)
    sys.exit(code)


def develop(arguments: argparse.Namespace) -> None:
    """Django's reloading web server and a worker that starts anew when a Python file changes."""
    _refuse_busy_port(arguments.port, "dev")
    with _only_one("demo"), _servers() as urls, Group(_logs(), {**urls, "DEBUG": "1"}) as group:
        _step(group, "Bringing the database up to date …", [*_MANAGE, "migrate", "--noinput", "--verbosity", "0"])
        _step(group, "Completing the companies …", [*_MANAGE, "complete_companies"])
        web = group.start("web", [*_MANAGE, "runserver", f"127.0.0.1:{arguments.port}"])
        worker = group.start("worker", _worker())
        group.start("beat", _beat())
        say(f"http://127.0.0.1:{arguments.port}/  (Ctrl-C stops; logs: {_logs()})")
        _develop_loop(group, web, worker)


# --- steps -------------------------------------------------------------------------------------


@contextlib.contextmanager
def _servers() -> Iterator[dict[str, str]]:
    """PostgreSQL and Redis as environment variables; stops at the end those that it had to start."""
    with contextlib.ExitStack() as stack:
        urls = {"DATABASE_URL": os.environ.get("DATABASE_URL", ""), "REDIS_URL": os.environ.get("REDIS_URL", "")}
        for name, server in (("DATABASE_URL", local.postgres_server), ("REDIS_URL", local.redis_server)):
            if urls[name]:
                continue
            one = server()
            if not one.is_running():
                stack.callback(one.stop)
            urls[name] = one.ensure()
        yield {**urls, "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "erp.settings.demo")}


def _step(group: Group, sentence: str, command: list[str]) -> None:
    say(sentence)
    if code := group.run(command, **_QUIET):
        raise ChildDied(f"That step failed (exit code {code}); its message is above.")


def _worker() -> list[str]:
    processes = os.environ.get("TONGZHANG_WORKERS", "2")
    # One worker on one machine has no peers to talk to.
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [*_CELERY, "worker", "--concurrency", processes, "--loglevel", "INFO", *alone]


def _beat() -> list[str]:
    return [*_CELERY, "beat", "--loglevel", "INFO", "--pidfile", ""]


def _web(port: int) -> list[str]:
    serving = ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket"]
    return [*_PYTHON, "-m", "gunicorn", "erp.wsgi", "--bind", f"127.0.0.1:{port}", *serving]


def _load_demo(arguments: argparse.Namespace) -> list[str]:
    # The file is named as seen from where make was called.
    return [*_MANAGE, "load_demo", *(["--file", str(Path(arguments.file).resolve())] if arguments.file else [])]


def _wait_until_healthy(group: Group, port: int) -> None:
    until = time.monotonic() + _HEALTH_SECONDS
    while (answer := _health(port)) != "200":
        group.check()
        if time.monotonic() > until:
            raise ChildDied(f"The web server does not answer well ({answer}). Its log: {_logs() / 'web.log'}")
        time.sleep(0.1)


def _health(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/health/")
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return str(error)
    finally:
        connection.close()


def _announce(port: int, seconds: float) -> None:
    say(
        f"\nTongzhang is ready after {seconds:.0f} s:  http://127.0.0.1:{port}/\n"
        f"Logs: {_logs()}    Ctrl-C stops everything that was started here; the data stays."
    )


def _develop_loop(group: Group, web: Child, worker: Child) -> None:
    seen = _newest_source()
    while True:
        group.check()
        if (now := _newest_source()) != seen:
            seen = now
            say("A file changed: the worker starts anew.")
            worker = group.restart(worker, _worker())
        time.sleep(1)


def _newest_source() -> float:
    packages = ("erp", "ledger", "inventory", "sales")
    return max(path.stat().st_mtime for name in packages for path in (local.ROOT / name).rglob("*.py"))


def _refuse_busy_port(port: int, target: str) -> None:
    if not port_is_free(port):
        raise LocalServerError(busy_port_message(port, target))


@contextlib.contextmanager
def _only_one(name: str) -> Iterator[None]:
    """A second start in this checkout would share database and queue with the first."""
    folder = local.var_dir() / "run"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}.lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise LocalServerError(
                f"This checkout is already being served (process {lock.read().strip() or '?'}).\n"
                "Cure: use that one, or end it with Ctrl-C in its terminal or with `make stop`."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _logs() -> Path:
    return local.var_dir() / "log"


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m erp.local.demo", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    for name in ("demo", "load", "dev"):
        command = commands.add_parser(name)
        if name != "dev":
            command.add_argument("--file", help="sales file to load instead of the generated one")
        if name != "load":
            command.add_argument("--port", type=int, default=8000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
