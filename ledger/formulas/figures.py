"""Figures from the ledger, for many months and formulas at once.

``prepare`` looks through the formulas and reads everything they ask for in three statements (balances, turnover, cash
flow); what was not prepared is read when it is asked for. Only turnover rows and openings are read, never the lines
of posted vouchers, save those of the few closing vouchers that turnover leaves out.

Months before the company's first period are a blank, save the start of its first year: a mid-year start says what the
year's earlier months had (``OpeningBalance.year_*``), so the year's opening is the opening less that turnover.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from erp.core.companies.models import Company
from ledger.accounts.models import Account, AccountClass
from ledger.formulas import nodes, reading
from ledger.formulas.language import Formula
from ledger.formulas.nodes import Accounts, Value, signed
from ledger.formulas.spans import Span, month_of
from ledger.preferences.services import preferences_of

NOTHING = Decimal(0)


class LedgerFigures:
    """The figures of one company. ``include_unposted`` adds the lines of drafts and reviewed vouchers (含未过账)."""

    def __init__(self, company: Company, *, include_unposted: bool = False) -> None:
        preferences = preferences_of(company)
        self.company = company
        self.include_unposted = include_unposted
        self.vat_stays_in_taxes = preferences.vat_debit_in_taxes
        self.nets_within_party = preferences.net_within_party
        first = company.first_month()
        self.start = month_of(first.year, first.month)
        self.accounts = list(
            Account.objects.filter(company=company).order_by("code").values_list("code", "account_class", "cash_kind")
        )
        self.profit = {
            code for code, kind, _cash in self.accounts if kind in (AccountClass.INCOME, AccountClass.EXPENSE)
        }
        self.cash = tuple(code for code, _kind, cash in self.accounts if cash)
        self._balances: dict[int, dict[str, Decimal]] = {}
        self._parties: dict[tuple[str, int], dict[tuple[str, int | None], Decimal]] = {}
        self._turnovers: dict[tuple[int, int], dict[str, Decimal]] = {}
        self._flows: dict[tuple[int, int], dict[str, Decimal]] = {}
        self._part_codes: dict[str, set[str]] = defaultdict(set)

    # --- what formulas ask ---------------------------------------------------------------------------------------

    def balance(self, accounts: Accounts, span: Span) -> Value:
        if (month := self._known_end(span.last)) is None:
            return None
        return _sum(self._balance_of(month), accounts)

    def parts(self, accounts: Accounts, by: str, sign: int, span: Span) -> Value:
        if self._known_end(span.last) is None:
            return None
        parts: dict[Any, Decimal] = defaultdict(Decimal)
        for (code, party), amount in self.party_balances(accounts, by, span).items():
            netted = self.nets_within_party and party is not None
            parts[party if netted else (code, party)] += amount
        return sum((max(signed(amount, sign) or NOTHING, NOTHING) for amount in parts.values()), NOTHING)

    def party_balances(self, accounts: Accounts, by: str, span: Span) -> dict[tuple[str, int | None], Decimal]:
        """(leaf account, party value or None) → debit less credit: what ``parts`` looks at, before the sign."""
        if (month := self._known_end(span.last)) is None:
            return {}
        rows = self._parties_of(by, month, accounts)
        return {key: amount for key, amount in rows.items() if key[0].startswith(accounts)}

    def turnover(self, accounts: Accounts, span: Span) -> Value:
        if span.last < self.start:
            return None
        return _sum(self._turnover_of(span), accounts)

    def cash_flow(self, item: str, span: Span) -> Value:
        if span.last < self.start:
            return None
        if (span.first, span.last) not in self._flows:
            self._load_flows({span})
        return self._flows[span.first, span.last].get(item, NOTHING)

    def cash_open(self, span: Span) -> Value:
        month = span.first - 1
        if self._year_of_start < span.first < self.start:
            month = self.start - 1
        if not self.cash:
            return NOTHING
        return self.exact(self.cash, month)

    def line(self, line_no: int, span: Span) -> Value:
        from ledger.formulas.language import FormulaError

        raise FormulaError(position=1, found=f"L{line_no}", expected=", ".join(("BAL_D", "BAL_C", "TURN_D", "TURN_C")))

    def cell(self, statement: str, line_no: int, span: Span) -> Value:
        return self.line(line_no, span)

    # --- reading -------------------------------------------------------------------------------------------------

    def prepare(self, wanted: Iterable[tuple[Formula, Span]]) -> None:
        """Read what the formulas need about their months: at most three statements."""
        before = {by: set(codes) for by, codes in self._part_codes.items()}
        ends: set[int] = set()
        ranges: set[Span] = set()
        flows: set[Span] = set()
        for formula, span in wanted:
            for node, about in nodes.with_spans(formula.root, span):
                if isinstance(node, nodes.Balance | nodes.Part):
                    ends.add(about.last)
                    if isinstance(node, nodes.Part):
                        self._part_codes[node.by] |= set(node.accounts)
                elif isinstance(node, nodes.Turnover):
                    ranges.add(about)
                elif isinstance(node, nodes.CashFlow):
                    flows.add(about)
                elif isinstance(node, nodes.CashOpen):
                    ends.add(about.first - 1)
        known = {month for end in ends if (month := self._known_end(end)) is not None}
        grown = before != self._part_codes
        self._load_balances(known | set(self._balances) if grown else known - set(self._balances))
        self._load_turnovers({about for about in ranges if about.last >= self.start})
        self._load_flows({about for about in flows if about.last >= self.start})

    @property
    def _year_of_start(self) -> int:
        """January of the year in which the company began here."""
        return self.start // 12 * 12

    def _known_end(self, month: int) -> int | None:
        """The month if its closing balances are known, else ``None``."""
        if month >= self.start - 1 or month == self._year_of_start - 1:
            return month
        return None

    def exact(self, codes: Accounts, month: int) -> Value:
        """The balance of just these accounts, without descendants."""
        if (known := self._known_end(month)) is None:
            return None
        rows = self._balance_of(known)
        return sum((rows.get(code, NOTHING) for code in codes), NOTHING)

    def _balance_of(self, month: int) -> dict[str, Decimal]:
        if month not in self._balances:
            self._load_balances({month})
        return self._balances[month]

    def _parties_of(self, by: str, month: int, accounts: Accounts) -> dict[tuple[str, int | None], Decimal]:
        if not set(accounts) <= self._part_codes[by]:
            self._part_codes[by] |= set(accounts)
            self._load_balances(set(self._balances) | {month})
        elif (by, month) not in self._parties:
            self._load_balances({month})
        return self._parties[by, month]

    def _turnover_of(self, span: Span) -> dict[str, Decimal]:
        if (span.first, span.last) not in self._turnovers:
            self._load_turnovers({span})
        return self._turnovers[span.first, span.last]

    def _load_balances(self, months: set[int]) -> None:
        if not months:
            return
        wanted = sorted(months)
        for month in wanted:
            self._balances[month] = {}
            for by in self._part_codes:
                self._parties[by, month] = {}
        by_parts = {by: tuple(codes) for by, codes in self._part_codes.items()}
        rows = reading.balances(self.company.pk, self.start, wanted, by_parts, self.include_unposted)
        for by, code, party, amounts in rows:
            for month, amount in zip(wanted, amounts, strict=True):
                if not by:
                    self._balances[month][code] = amount
                elif amount:
                    self._parties[by, month][code, party] = amount

    def _load_turnovers(self, spans: set[Span]) -> None:
        missing = sorted({(span.first, span.last) for span in spans} - set(self._turnovers))
        if not missing:
            return
        for key in missing:
            self._turnovers[key] = {}
        for code, amounts in reading.turnovers(
            self.company.pk, self.start, missing, sorted(self.profit), self.include_unposted
        ):
            for key, amount in zip(missing, amounts, strict=True):
                if amount:
                    self._turnovers[key][code] = amount

    def _load_flows(self, spans: set[Span]) -> None:
        missing = sorted({(span.first, span.last) for span in spans} - set(self._flows))
        if not missing:
            return
        for key in missing:
            self._flows[key] = {}
        for item, amounts in reading.cash_flows(self.company.pk, self.start, missing, self.include_unposted):
            for key, amount in zip(missing, amounts, strict=True):
                self._flows[key][item] = amount


def _sum(rows: dict[str, Decimal], accounts: Accounts) -> Decimal:
    return sum((amount for code, amount in rows.items() if code.startswith(accounts)), NOTHING)
