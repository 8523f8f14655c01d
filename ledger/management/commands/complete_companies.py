"""``manage.py complete_companies``: give every company what this version's set-up adds. Run it after ``migrate``."""

from typing import Any

from django.core.management.base import BaseCommand

from erp.core.companies.models import Company
from erp.core.companies.setup import complete_company


class Command(BaseCommand):
    help = "Add to every company what this version's set-up has and an older one had not. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        for company in Company.objects.order_by("code"):
            complete_company(company)
            self.stdout.write(f"{company.code}: complete")
