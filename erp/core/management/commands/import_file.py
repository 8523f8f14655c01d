"""``manage.py import_file PROFILE FILE --company CODE [--dry-run] [--user U]``: the importer that pages use.

Prints the summary as JSON. Exit code: 0 all rows accounted for, 1 rows were refused, 2 the file, the profile or the
call is wrong and nothing was read.
"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.imports.reading import open_file
from erp.core.imports.services import create_run, execute, profile_of
from erp.core.jobs.registry import Progress, Silent
from erp.core.jobs.terminal import TerminalProgress
from erp.core.users.models import User


class Command(BaseCommand):
    help = "Import a file with an import profile of a company."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("profile", help="code of the import profile")
        parser.add_argument("file", type=Path)
        parser.add_argument("--company", required=True, help="code of the company")
        parser.add_argument("--dry-run", action="store_true", help="check only, write no documents")
        parser.add_argument("--user", default="", help="user name that the documents carry")

    def handle(self, *args: Any, **options: Any) -> None:
        progress: Progress = TerminalProgress(self.stderr) if sys.stderr.isatty() else Silent()
        try:
            company = _company(options["company"])
            profile = profile_of(company, options["profile"])
            by = _user(options["user"]) if options["user"] else None
            opened = open_file(profile, _content(options["file"]), options["file"].name)
            run = create_run(profile, opened, by=by, is_dry_run=options["dry_run"])
            summary = execute(run, progress, opened)
        except DomainError as error:
            self.stderr.write(error.message)
            self.stdout.write(json.dumps({"error": error.as_dict()}, ensure_ascii=False))
            sys.exit(2)
        for row_no, field, message in run.issues.filter(is_refusal=True).values_list("row_no", "field", "message")[:50]:
            self.stderr.write(f"{row_no} {field} {message}".replace("  ", " "))
        self.stdout.write(json.dumps({"run": run.pk, **summary}, ensure_ascii=False))
        sys.exit(1 if summary["rows_refused"] else 0)


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise NotFound("file_missing", _("There is no file “%(filename)s”."), filename=path)
    return path.read_bytes()


def _company(code: str) -> Company:
    company = Company.objects.filter(code=code).first()
    if company is None:
        known = ", ".join(Company.objects.values_list("code", flat=True)) or "–"
        raise NotFound(
            "company_unknown", _("There is no company %(key)s. There are: %(known)s."), key=code, known=known
        )
    return company


def _user(name: str) -> User:
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise NotFound("user_unknown", _("There is no active user %(key)s."), key=name)
    return user
