"""``manage.py report NAME --company CODE …``: any report on the command line, over the query of its page."""

import io
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.reports import find, names, render

BAD_USE = 2


class Command(BaseCommand):
    help = "Print a report, or write it to a file. Without a name: list the reports."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="Name of the report")
        parser.add_argument("--company", help="Company code")
        parser.add_argument("--from", dest="from_period", help="First period, YYYY-MM")
        parser.add_argument("--to", dest="to_period", help="Last period, YYYY-MM")
        parser.add_argument("--level", help="Account levels to show")
        parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="Another parameter")
        parser.add_argument("--format", choices=["table", "json", "csv", "xlsx"], default="table")
        parser.add_argument("--language", default="zh-hans", choices=["zh-hans", "en"])
        parser.add_argument("-o", "--output", help="File to write instead of the screen")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["name"]:
            self.stdout.write("\n".join(names()))
            return
        with translation.override(options["language"]):
            try:
                content = self._content(options)
            except DomainError as error:
                raise CommandError(error.message, returncode=BAD_USE) from error
        if options["output"]:
            try:
                Path(options["output"]).write_bytes(content)
            except OSError as error:
                raise CommandError(f"-o {options['output']}: {error.strerror}", returncode=BAD_USE) from error
        elif options["format"] == "xlsx":
            sys.stdout.buffer.write(content)
        else:
            self.stdout.write(content.decode(), ending="")

    def _content(self, options: dict[str, Any]) -> bytes:
        report = find(options["name"])
        company = Company.objects.filter(code=options["company"] or "").first()
        if company is None:
            codes = ", ".join(Company.objects.values_list("code", flat=True)) or "-"
            raise CommandError(f"--company must be one of: {codes}", returncode=BAD_USE)
        given = {
            name: options[option]
            for name, option in (("from", "from_period"), ("to", "to_period"), ("level", "level"))
            if options[option] is not None
        }
        for pair in options["set"]:
            name, separator, value = pair.partition("=")
            if not separator:
                raise CommandError(f"--set {pair}: write NAME=VALUE", returncode=BAD_USE)
            given[name] = value
        params = report.clean(given)
        result = report.query(company, params)
        columns = report.columns_for(params)
        match options["format"]:
            case "json":
                return (render.as_json(report, company, params, result, columns) + "\n").encode()
            case "csv":
                return render.as_csv(result, columns).encode("utf-8-sig")
            case "xlsx":
                stream = io.BytesIO()
                render.as_xlsx(stream, report, company, result, columns)
                return stream.getvalue()
        return render.as_table(result, columns).encode()
