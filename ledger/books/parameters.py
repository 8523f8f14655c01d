"""Parameters that the books share, and what their texts mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.reports import BadParameter, Parameter, ReportResult
from ledger.accounts.models import Account
from ledger.books.ranges import PeriodRange
from ledger.dimensions.models import DimensionType, DimensionValue

Params = Any
NO_VALUE = "-"  # ``customer:-`` means the lines without a customer

PERIODS = (
    Parameter("from", _("From period"), "period"),
    Parameter("to", _("To period"), "period"),
)
ACCOUNT = Parameter("account", _("Account"))
VALUE = Parameter("value", _("Dimension value"))
CURRENCY = Parameter("currency", _("Currency"))
UNPOSTED = Parameter("unposted", _("Include unposted"), "bool", False)
LEVEL = Parameter("level", _("Level"), "int")
ACCOUNT_FROM = Parameter("account_from", _("From account"))
ACCOUNT_TO = Parameter("account_to", _("To account"))
DIMENSION = Parameter("dimension", _("Unfold by"))
HIDE_EMPTY = Parameter("hide_empty", _("Hide rows without figures"), "bool", True)


@dataclass(frozen=True, slots=True)
class Part:
    """A page of a book: its rows, and how many there are in all."""

    result: ReportResult
    count: int


def account_of(company: Company, params: Params) -> Account:
    """The account that the parameter names by code; text after it is its name. Raises ``NotFound``."""
    text = str(params["account"] or "").split(" ")[0]
    account = Account.objects.filter(company=company, code=text).first()
    if account is None:
        raise NotFound(what=_("Account"), key=text or "–", field="account")
    return account


def value_of(company: Company, params: Params) -> DimensionValue | None:
    """The dimension value that is named ``type:code``; None if none is. Raises ``NotFound``."""
    given = str(params.get("value") or "").strip()
    if not given or given.endswith(f":{NO_VALUE}"):
        return None
    type_code, _colon, code = given.partition(":")
    values = DimensionValue.objects.filter(company=company).select_related("dimension_type")
    value = values.filter(dimension_type__code=type_code, code=code.split(" ")[0]).first()
    if value is None:
        raise NotFound(what=_("Dimension value"), key=given, field="value")
    return value


def missing_of(company: Company, params: Params) -> DimensionType | None:
    """The dimension of which the lines shall carry no value: ``value`` is ``type:-``."""
    type_code, _colon, code = str(params.get("value") or "").strip().partition(":")
    if code != NO_VALUE:
        return None
    return dimension_of(company, {"value": type_code}, "value")


def dimension_of(company: Company, params: Params, name: str = "dimension") -> DimensionType | None:
    """The dimension that the parameter names by code. Raises ``BadParameter`` for an unknown one."""
    if not (code := params.get(name)):
        return None
    dimension = DimensionType.objects.filter(company=company, code=code).first()
    if dimension is None:
        known = ", ".join(DimensionType.objects.filter(company=company).values_list("code", flat=True))
        raise BadParameter(field=name, name=name, value=code, expected=known)
    return dimension


def subtitle(company: Company, periods: PeriodRange, params: Params, *about: Any) -> Sequence[str]:
    """The lines under the title: what is shown, and that unposted vouchers are in it (C07)."""
    money = params.get("currency") or company.currency
    parts = [f"{gettext('Period')} {periods}", str(money)]
    if params.get("unposted"):
        parts.append(gettext("including unposted vouchers"))
    return [*(str(text) for text in about if text), " · ".join(parts)]
