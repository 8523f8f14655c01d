"""PostgreSQL and Redis for demo, development and tests, when the environment names none.

The one idea: ask for a URL and a server is there. The first call makes and starts it below ``var/``;
later calls, from any process, only look whether it answers. Production never imports this package.
"""

from __future__ import annotations

import os
from pathlib import Path

from erp.local.postgres import Postgres
from erp.local.redis import Redis

ROOT = Path(__file__).resolve().parents[2]


def var_dir() -> Path:
    """The folder for everything that running leaves behind; ``make clean`` removes it."""
    return Path(os.environ.get("TONGZHANG_VAR") or ROOT / "var")


def postgres_server(*, test: bool = False) -> Postgres:
    return Postgres(var_dir() / ("pgtest" if test else "pg"), throw_away=test)


def redis_server(*, test: bool = False) -> Redis:
    return Redis(var_dir() / ("redistest" if test else "redis"))


def database_url(*, test: bool = False) -> str:
    """URL of a running PostgreSQL; ``test`` gives a separate, faster server that a crash may corrupt."""
    return postgres_server(test=test).ensure()


def redis_url(*, test: bool = False) -> str:
    """URL (``unix://…``) of a running Redis."""
    return redis_server(test=test).ensure()
