"""Create a company: each app registers what a new company needs, and one transaction does it all."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError

Installer = Callable[[Company], None]
_INSTALLERS: dict[int, Installer] = {}
_COMPLETERS: dict[int, Installer] = {}


class CompanyExists(DomainError):
    code = "company_exists"
    template = _("Company code %(company)s is taken. Choose another code.")


def register_installer(order: int, install: Installer) -> None:
    """Have ``install(company)`` run for each new company; lower floors take lower orders."""
    if _INSTALLERS.get(order, install) is not install:
        raise ValueError(f"two installers with order {order}")
    _INSTALLERS[order] = install


def register_completer(order: int, complete: Installer) -> None:
    """Have ``complete(company)`` run after an upgrade: it adds what this version's set-up has and an older had not."""
    if _COMPLETERS.get(order, complete) is not complete:
        raise ValueError(f"two completers with order {order}")
    _COMPLETERS[order] = complete


def complete_company(company: Company) -> None:
    """Bring an existing company's set-up up to this version; safe to repeat. One transaction."""
    with transaction.atomic():
        for order in sorted(_COMPLETERS):
            _COMPLETERS[order](company)


def create_company(code: str, name: str, *, first_period: dt.date, **settings: Any) -> Company:
    """Create a company with chart, periods, dimensions, masters and default rules. Raises ``CompanyExists``.

    ``settings`` are the fields of ``Company``: standard, currency, taxpayer, voucher words and policies.
    """
    with transaction.atomic():
        if Company.objects.filter(code=code).exists():
            raise CompanyExists(company=code, field="code")
        company = Company(code=code, name=name, first_period=first_period.replace(day=1), **settings)
        company.full_clean()
        company.save()
        for order in sorted(_INSTALLERS):
            _INSTALLERS[order](company)
    return company
