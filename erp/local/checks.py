"""``make test`` and ``make lint``: every gate that a change has to pass.

The one idea: cheap checks first, the tests last, all of them in any case, so that one run tells everything.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from erp import local
from erp.local import browser
from erp.local.environment import say
from erp.local.errors import LocalServerError

_PROGRAMS = Path(sys.executable).parent
_LINT = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy", "."],
    "import layers": ["lint-imports"],
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m erp.local.checks", description=__doc__)
    parser.add_argument("what", choices=["lint", "test"])
    parser.add_argument("pytest_arguments", nargs="*", default=["-n", "auto"])
    arguments = parser.parse_args()
    try:
        sys.exit(run(arguments.what, arguments.pytest_arguments))
    except LocalServerError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def run(what: str, pytest_arguments: list[str]) -> int:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "erp.settings.test"}
    checks = dict(_LINT)
    if what == "test":
        environment["TONGZHANG_CHROMIUM"] = browser.ensure()
        checks["migrations"] = ["python", "manage.py", "makemigrations", "--check", "--dry-run"]
        checks["tests"] = ["pytest", *pytest_arguments]
    # Reading the settings (mypy's Django plugin does too) starts the database; what was not running before ends after.
    servers = [
        server
        for server in (local.postgres_server(test=True), local.redis_server(test=True))
        if not server.is_running()
    ]
    try:
        failed = [name for name, command in checks.items() if not _passes(name, command, environment)]
    finally:
        for server in servers:
            server.stop()
    if failed:
        say(f"Failed: {', '.join(failed)}.")
    return 1 if failed else 0


def _passes(name: str, command: list[str], environment: dict[str, str]) -> bool:
    say(f"── {name}")
    started = time.monotonic()
    done = subprocess.run(
        [_PROGRAMS / command[0], *command[1:]], cwd=local.ROOT, env=environment, stdin=subprocess.DEVNULL
    )
    say(f"   {name}: {'ok' if done.returncode == 0 else 'FAILED'} ({time.monotonic() - started:.1f} s)")
    return done.returncode == 0


if __name__ == "__main__":
    main()
