"""``manage.py verify``: prove the invariants of the books; exit code 1 and a readable difference when one breaks."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from erp.core.companies.models import Company
from erp.core.verify import SHOWN, Result, verify


class Command(BaseCommand):
    help = "Check the invariants of the books (set-based, read-only). Exit code 1 when one does not hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", action="append", metavar="CODE", help="only this company (repeatable)")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        companies = Company.objects.order_by("code")
        if options["company"]:
            companies = companies.filter(code__in=options["company"])
            if missing := set(options["company"]) - {company.code for company in companies}:
                raise CommandError(f"No such company: {', '.join(sorted(missing))}.", returncode=2)
        results: list[Result] = []
        for company in companies:
            found = verify(company)
            results += found
            if not options["json"]:
                self._show(company, found)
        broken = [result for result in results if not result.holds]
        if options["json"]:
            self.stdout.write(json.dumps(_as_dict(results), ensure_ascii=False))
        elif broken:
            self.stdout.write(self.style.ERROR(f"{len(broken)} of {len(results)} checks do not hold."))
        else:
            self.stdout.write(self.style.SUCCESS(f"All {len(results)} checks hold."))
        if broken:
            sys.exit(1)

    def _show(self, company: Company, results: list[Result]) -> None:
        self.stdout.write(f"{company.code}  {company.name}")
        for result in results:
            mark = self.style.SUCCESS("holds ") if result.holds else self.style.ERROR("BREAKS")
            self.stdout.write(f"  {mark} {result.check.number:>2}  {result.check.title}  ({result.seconds:.2f} s)")
            for sentence in result.differences:
                self.stdout.write(f"             {sentence}")
            if result.count > SHOWN:
                self.stdout.write(f"             … and {result.count - SHOWN} more")


def _as_dict(results: list[Result]) -> dict[str, Any]:
    return {
        "holds": all(result.holds for result in results),
        "checks": [
            {
                "company": result.company,
                "number": result.check.number,
                "check": result.check.code,
                "holds": result.holds,
                "count": result.count,
                "differences": result.differences,
                "seconds": round(result.seconds, 3),
            }
            for result in results
        ],
    }
