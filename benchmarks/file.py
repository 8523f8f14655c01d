"""From the sales file to posted vouchers, as ``make load`` does it: one importing process, one worker beside it."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from demo import generate
from erp import local
from erp.core.companies.models import Company
from erp.core.verify import verify
from erp.local.processes import Group

QUICK_ROWS = 2_000


def run(path: Path | None, *, quick: bool) -> dict[str, Any]:
    """Seconds of the whole load and of its stages; the process's start and the file's writing do not count."""
    path = path or generated(quick=quick)
    worker = [sys.executable, "-m", "celery", "-A", "erp", "worker", "--concurrency", "1", "--loglevel", "WARNING"]
    with Group(local.var_dir() / "log", {}) as group:
        group.start("bench-worker", [*worker, "--without-gossip", "--without-mingle", "--without-heartbeat"])
        load = [sys.executable, "manage.py", "load_demo", "--json", "--company", "file", "--file", str(path.resolve())]
        done = subprocess.run(load, cwd=local.ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"Loading {path} failed with exit code {done.returncode}.\n{done.stderr[-2_000:]}")
    company = Company.objects.get(code="file")
    started = time.perf_counter()
    broken = [sentence for result in verify(company) for sentence in result.differences]
    verified = time.perf_counter() - started
    if broken:
        sys.exit("The books do not hold after the load:\n" + "\n".join(broken))
    summary = json.loads(done.stdout.splitlines()[-1])
    seconds = summary["seconds"]
    return {
        "file": path.name,
        "file_rows": summary["rows"],
        "file_events": summary["events"],
        "file_lines": summary["lines"],
        "file_seconds": round(float(seconds["total"]), 2),
        "verify_seconds": round(verified, 2),
        **{f"file_seconds_{stage}": round(float(spent), 2) for stage, spent in seconds.items() if stage != "total"},
    }


def generated(*, quick: bool) -> Path:
    """The demo trader's file, written once."""
    path = local.var_dir() / "bench" / ("sales_quick.xlsx" if quick else "sales.xlsx")
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name("part.xlsx")
        generate.write(part, **({"count": QUICK_ROWS} if quick else {}))
        part.replace(path)
    return path
