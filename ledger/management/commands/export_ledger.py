"""``manage.py export_ledger COMPANY FORM [--year YEAR] --to FILE``: all data, also of an inactive company."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from ledger.interchange import background, standard


class Command(BaseCommand):
    help = "Export all data of a company's ledger, or a GB/T 24589.1 package of one year."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("company")
        parser.add_argument("form", choices=background.FORMS)
        parser.add_argument("--year", type=int)
        parser.add_argument("--encoding", choices=standard.ENCODINGS, default="utf-8")
        parser.add_argument("--to", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        company = Company.objects.filter(code=options["company"]).first()
        if company is None:
            raise CommandError(f"no company {options['company']}")
        path = options["to"] or Path(background.file_name(company, options["form"], options["year"]))
        try:
            figures = background.write(path, company, options["form"], options["year"], options["encoding"])
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        for name, value in figures.items():
            self.stdout.write(f"{name}: {value}")
        self.stdout.write(f"{path}")
