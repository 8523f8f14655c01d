"""``manage.py load_demo [--file F] [--company demo] [--json]``: what ``make demo`` and ``make load`` load.

Progress goes to stderr. With ``--json`` the last line of stdout is one JSON object. Exit code 2 if the file cannot
be loaded there, 1 if rows were refused or events are not posted.
"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from demo.load import PASSWORD, USERS, Loaded, load
from erp.core.errors import DomainError
from erp.core.jobs.terminal import TerminalProgress


class Stages(TerminalProgress):
    """A line per stage; within it a bar, where somebody looks at a terminal."""

    def stage(self, title: str) -> None:
        self._stream.write(title)

    def report(self, done: int, total: int, message: str = "") -> None:
        if sys.stderr.isatty():
            super().report(done, total, message)


class Command(BaseCommand):
    help = "Load the demo company; running it again loads nothing twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, default=None, help="sales file instead of the generated one")
        parser.add_argument("--company", default="demo", help="code of the company (default: demo)")
        parser.add_argument("--json", action="store_true", help="one JSON object as the last line of stdout")
        parser.add_argument("--inline-posting", action="store_true", help="post in this process, not in a worker")

    def handle(self, *args: Any, **options: Any) -> None:
        # Not coloured red as Django does: progress is no error.
        self.stderr.style_func = None
        try:
            loaded = load(
                options["file"],
                options["company"],
                reporter=Stages(self.stderr),
                inline_posting=options["inline_posting"],
            )
        except DomainError as error:
            self.stderr.write(error.message)
            if options["json"]:
                self.stdout.write(json.dumps({"error": error.as_dict()}, ensure_ascii=False))
            sys.exit(2)
        self._show(loaded)
        if options["json"]:
            self.stdout.write(json.dumps(loaded.summary, ensure_ascii=False))
        if any(loaded.summary[bad] for bad in ("rows_refused", "failed_events", "pending_events")):
            sys.exit(1)

    def _show(self, loaded: Loaded) -> None:
        summary = loaded.summary
        self.stderr.write(
            f"{loaded.company.name} ({loaded.company.code}): {summary['rows']:,} rows, "
            f"{summary['source_documents']:,} documents, {summary['events']:,} events, "
            f"{summary['vouchers']:,} vouchers, {summary['lines']:,} lines in {summary['seconds']['total']} s"
        )
        names = "  ".join(f"{role.value} ({name})" for role, name in USERS.items())
        self.stderr.write(f"Users: {names}\nPassword of each: {PASSWORD}")
