"""``manage.py verify_archive FILE [--sha256 HASH]``: is this copy of an archive package what was archived?"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger.interchange.archive import check_package


class Command(BaseCommand):
    help = "Compare a copy of an archive package with its manifest and its hash."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--sha256", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        if problems := check_package(options["file"], options["sha256"]):
            raise CommandError("\n".join(problems))
        self.stdout.write("the package is as it was archived")
