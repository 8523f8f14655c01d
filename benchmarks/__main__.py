"""``python -m benchmarks [NAME …] [--file FILE] [--quick]``: measure, print a table and JSON, write ``var/bench.json``.

The one idea: everything runs on one server in one run, in a database of its own, beside the plain thing it is
compared with (raw COPY, a plain GROUP BY); a figure without its yardstick says little. ``FILE=… make bench`` takes
that sales file instead of the generated one.
"""

import argparse
import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from erp import local

BENCHMARKS = ("file", "posting", "confirm", "trial_balance", "books", "pivot", "month", "recost", "clerks")


def main() -> None:
    arguments = _parse()
    with _database() as url, _broker() as redis:
        os.environ |= {"DATABASE_URL": url, "REDIS_URL": redis, "DJANGO_SETTINGS_MODULE": "erp.settings.demo"}
        os.environ.setdefault("LOG_LEVEL", "WARNING")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        figures = _measure(arguments)
    _show(figures)
    _write(figures)
    print(json.dumps(figures))


def _measure(arguments: argparse.Namespace) -> dict[str, Any]:
    from importlib import import_module

    figures: dict[str, Any] = {}
    for name in arguments.names:
        _say(f"{name} …")
        started = time.perf_counter()
        more = {"seconds": arguments.seconds} if name == "clerks" else {}
        figures |= import_module(f"benchmarks.{name}").run(arguments.file, quick=arguments.quick, **more)
        _say(f"{name}: {time.perf_counter() - started:.0f} s")
    return figures


@contextlib.contextmanager
def _database() -> Iterator[str]:
    """A database of our own on the server that the environment names, or on the checkout's; dropped at the end."""
    server = os.environ.get("DATABASE_URL") or local.database_url()
    name = f"tongzhang_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    head, _mark, query = server.partition("?")
    try:
        yield f"{head.rpartition('/')[0]}/{name}?{query}"
    finally:
        _close_connections()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _close_connections() -> None:
    if "django" in sys.modules:
        from django.db import connections

        connections.close_all()


@contextlib.contextmanager
def _broker() -> Iterator[str]:
    """A Redis of our own, so that no other worker hears our wake-up calls."""
    from erp.local.redis import Redis

    redis = Redis(local.var_dir() / "bench" / "redis")
    try:
        yield redis.ensure()
    finally:
        redis.remove()


def _show(figures: dict[str, Any]) -> None:
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:<{width}}  {value:>14,}" if isinstance(value, (int, float)) else f"{name:<{width}}  {value}")


def _write(figures: dict[str, Any]) -> None:
    """Keep the figures; those of benchmarks that did not run this time stay."""
    path = local.var_dir() / "bench.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps(kept | figures, indent=1) + "\n")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of: {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--file", type=Path, help="sales file instead of the generated one")
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run at all?")
    parser.add_argument("--seconds", type=float, help="how long the clerks work (60)")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    arguments.names = arguments.names or list(BENCHMARKS)
    if arguments.file is None and os.environ.get("FILE"):
        arguments.file = Path(os.environ["FILE"])
    return arguments


if __name__ == "__main__":
    main()
