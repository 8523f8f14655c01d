"""The company's side of an import, read once: chart, periods, dimensions, currencies. Counts what is not there."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from erp.core.companies.models import Company
from erp.core.errors import DomainError, PeriodClosed
from ledger.accounts.models import Account
from ledger.cash_flow.models import CashFlowItem
from ledger.currencies.models import Currency
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.imports import problems
from ledger.imports.columns import words_of_types
from ledger.imports.layout import ItemCell, RawLine
from ledger.periods.models import Period, PeriodStatus
from ledger.periods.services import NoPeriod
from ledger.vouchers.services import account_terms

BASE_NAMES = {"", "*", "RMB", "CNY", "人民币", "本位币", "综合本位币", "PRE001"}
CURRENCY_NAMES = {
    "美元": "USD", "港币": "HKD", "港元": "HKD", "欧元": "EUR", "日元": "JPY", "日圆": "JPY", "英镑": "GBP",
    "澳元": "AUD", "加元": "CAD", "韩元": "KRW", "新加坡元": "SGD", "澳门元": "MOP", "台币": "TWD",
    "PRE002": "HKD", "PRE003": "EUR", "PRE004": "JPY", "PRE005": "TWD", "PRE006": "GBP", "PRE007": "USD",
}  # fmt: skip
_ACCOUNT = re.compile(r"[\d.\-]+")


class Books:
    """Looks up what rows name. ``create_missing``: unknown values get a stand-in id, kept in ``new_values``."""

    def __init__(
        self, company: Company, type_names: Iterable[str], *, account_map: Mapping[str, str], create_missing: bool
    ) -> None:
        self.company, self.create_missing = company, create_missing
        self.unknown_accounts: dict[str, tuple[str, int]] = {}
        self.unknown_values: Counter[tuple[str, str, str]] = Counter()
        self.new_values: dict[tuple[str, str], tuple[int, str]] = {}
        self.first_row: dict[tuple[str, str], int] = {}
        accounts = Account.objects.filter(company=company).values_list("code", "id")
        self._accounts: dict[str, int] = dict(accounts)
        self._map = {_bare(source): _bare(target) for source, target in account_map.items()}
        self.terms = account_terms(company.pk, self._accounts.values())
        self._periods = list(Period.objects.filter(company=company).order_by("start"))
        self._currencies = {
            text: code
            for code, name, name_en in Currency.objects.filter(company=company, is_active=True).values_list(
                "code", "name", "name_en"
            )
            for text in (code, name.upper(), name_en.upper())
        }
        self.currency_codes = set(self._currencies.values())
        self._items = dict(CashFlowItem.objects.filter(company=company).values_list("code", "id"))
        self._read_values(type_names)

    def _read_values(self, type_names: Iterable[str]) -> None:
        types = list(DimensionType.objects.filter(company=self.company).order_by("id"))
        self.types = words_of_types((one.code, one.name, one.name_en) for one in types)
        self._ids = {one.code: one.pk for one in types}
        self.type_names = {one.code: str(one) for one in types}
        wanted = {self._ids[code] for name in type_names if (code := self.types.get(name.casefold()))}
        if "" in set(type_names):
            wanted = set(self._ids.values())
        self.known_values: dict[int, int] = {}
        self._by_code: dict[tuple[int, str], int] = {}
        self._by_name: dict[tuple[int, str], int | None] = {}
        rows = DimensionValue.objects.filter(company=self.company, dimension_type__in=wanted)
        for value_id, type_id, code, name in rows.values_list("id", "dimension_type_id", "code", "name"):
            self.known_values[value_id] = type_id
            self._by_code[type_id, code.casefold()] = value_id
            # A name that two values share finds neither.
            self._by_name[type_id, name] = None if (type_id, name) in self._by_name else value_id

    def account(self, text: str, name: str, row: RawLine) -> int | None:
        """The account of a code, with or without dots; None is counted."""
        match = _ACCOUNT.match(text)
        code = _bare(match.group()) if match else text
        account_id = self._accounts.get(self._map.get(code, code))
        if account_id is None:
            known, count = self.unknown_accounts.get(code, (name, 0))
            self.unknown_accounts[code] = (known, count + 1)
            self.first_row.setdefault(("account", code), row.row_no)
        return account_id

    def period_of(self, date: dt.date) -> int | DomainError:
        """The id of the open period of the date, or the refusal."""
        period = next((one for one in self._periods if one.contains(date)), None)
        if period is None:
            first, last = (self._periods[0].start, self._periods[-1].end) if self._periods else (None, None)
            return NoPeriod(field="date", date=date, first=first, last=last)
        if period.status != PeriodStatus.OPEN:
            return PeriodClosed(field="date", period=period)
        return period.pk

    def currency(self, code: str, name: str) -> tuple[str, DomainError | None]:
        """'' for the company's own; a refusal for one that is not kept."""
        texts = [text.upper() for text in (code, name) if text]
        if not texts or texts[0] == self.company.currency or texts[-1] in BASE_NAMES or texts[0] in BASE_NAMES:
            return "", None
        for text in texts:
            found = self._currencies.get(text) or self._currencies.get(CURRENCY_NAMES.get(text, ""))
            if found:
                return found, None
            if CURRENCY_NAMES.get(text) == self.company.currency:
                return "", None
        return "", problems.UnknownCurrency(field="currency", currency=" ".join(texts))

    def cash_flow_item(self, text: str) -> int | None:
        """The item of a code, alone or before its name."""
        return self._items.get(text.split("---")[0].split(" ")[0]) if text else None

    def pairs(self, row: RawLine, account_id: int | None) -> tuple[set[tuple[int, int]], list[DomainError], bool]:
        """(type id, value id) of the row's dimension cells; refusals; whether all values are there."""
        found: set[tuple[int, int]] = set()
        errors: list[DomainError] = []
        is_known = True
        terms = self.terms.get(account_id or 0)
        for item in row.items:
            type_id = self._type(item, terms)
            if type_id is None:
                errors.append(problems.UnknownDimension(field="items", name=item.type_name or item.code))
                continue
            value_id = self._value(type_id, item, row.row_no)
            if value_id is None:
                is_known = False
            else:
                found.add((type_id, value_id))
        return found, errors, is_known

    def _type(self, item: ItemCell, terms: Any) -> int | None:
        if item.type_name:
            return self._ids.get(self.types.get(item.type_name.casefold(), ""))
        # Without a type it can only be the account's single dimension.
        return next(iter(terms.dimensions)) if terms and len(terms.dimensions) == 1 else None

    def _value(self, type_id: int, item: ItemCell, row_no: int) -> int | None:
        code = item.code or item.name
        value_id = self._by_code.get((type_id, code.casefold())) or self._by_name.get((type_id, code))
        if value_id is None and not item.name and " " in code:  # C001 华东公司 in one cell
            code, _blank, name = code.partition(" ")
            item = ItemCell(item.type_name, code, name, item.heading)
            value_id = self._by_code.get((type_id, code.casefold()))
        if value_id is not None:
            return value_id
        kind = next(name for name, known_id in self._ids.items() if known_id == type_id)
        if self.create_missing and len(code) <= 60:
            value_id = -1 - len(self.new_values)
            self.new_values[kind, code] = (value_id, (item.name or code)[:200])
            self._by_code[type_id, code.casefold()] = value_id
            self.known_values[value_id] = type_id
            return value_id
        shown = self.type_names[kind]
        self.unknown_values[shown, f"{code} {item.name}".strip(), item.heading] += 1
        self.first_row.setdefault((shown, f"{code} {item.name}".strip()), row_no)
        return None


def _bare(code: str) -> str:
    """An account code without the dots or hyphens between its levels."""
    return code.replace(".", "").replace("-", "").strip()
