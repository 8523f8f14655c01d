"""Read and change the ledger settings of a company."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from ledger.preferences.models import LedgerPreferences


class SchemeContradicts(DomainError):
    code = "code_scheme_contradicts"
    template = _("Code scheme %(scheme)s does not fit: account %(account)s of level %(level)s has %(digits)s digits.")


class PreferenceInvalid(DomainError):
    code = "preference_invalid"
    template = _("%(label)s: %(problem)s")


def preferences_of(company: Company) -> LedgerPreferences:
    """The company's row, with defaults on first use."""
    row, _created = LedgerPreferences.objects.get_or_create(company=company)
    return row


def change_preferences(company: Company, values: Mapping[str, Any], *, by: Any) -> LedgerPreferences:
    """Set the given fields; the history keeps who and when. Raises ``SchemeContradicts``, ``PreferenceInvalid``."""
    preferences_of(company)
    with transaction.atomic():
        row = LedgerPreferences.objects.select_for_update().get(company=company)
        for name, value in values.items():
            setattr(row, name, value)
        try:
            row.full_clean(exclude=["company"])
        except ValidationError as error:
            name, problems = next(iter(error.message_dict.items()))
            label = LedgerPreferences._meta.get_field(name).verbose_name  # type: ignore[union-attr]
            raise PreferenceInvalid(label=label, problem=" ".join(problems), field=name) from error
        if "code_scheme" in values:
            _check_scheme(company, row.code_scheme)
        row.save()
    return row


def _check_scheme(company: Company, scheme: str) -> None:
    """Every account that is there has the digits of its level."""
    from ledger.accounts.models import Account

    digits = [int(one) for one in scheme.split("-")]
    for code, level in Account.objects.filter(company=company).order_by("code").values_list("code", "level"):
        if level > len(digits) or len(code) != sum(digits[:level]):
            raise SchemeContradicts(scheme=scheme, account=code, level=level, digits=len(code), field="code_scheme")
