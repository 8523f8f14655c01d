"""``manage.py create_company CODE NAME --first-period 2026-01 --admin USER``: a company with all that belongs to it."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.companies.models import Standard, Taxpayer, VoucherWords
from erp.core.companies.setup import create_company
from erp.core.errors import DomainError
from erp.core.users.models import User


class Command(BaseCommand):
    help = "Create a company: chart of accounts, periods, dimensions, masters and default rules."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code")
        parser.add_argument("name")
        parser.add_argument("--first-period", required=True, metavar="YYYY-MM", help="the first month kept here")
        parser.add_argument("--standard", choices=Standard.values, default=Standard.SMALL)
        parser.add_argument("--taxpayer", choices=Taxpayer.values, default=Taxpayer.GENERAL)
        parser.add_argument("--voucher-words", choices=VoucherWords.values, default=VoucherWords.ONE)
        parser.add_argument("--admin", required=True, metavar="USER", help="becomes administrator of the company")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["admin"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['admin']}. Make one with createsuperuser.", returncode=2)
        try:
            first = dt.datetime.strptime(options["first_period"], "%Y-%m").date()
        except ValueError:
            raise CommandError("--first-period: write it as 2026-01.", returncode=2) from None
        try:
            company = create_company(
                options["code"],
                options["name"],
                first_period=first,
                standard=options["standard"],
                taxpayer=options["taxpayer"],
                voucher_words=options["voucher_words"],
            )
        except (DomainError, ValidationError) as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        Membership.objects.create(company=company, user=user, role=Role.ADMIN)
        self.stdout.write(f"{company.code}  {company.name}: {user} is its administrator.")
