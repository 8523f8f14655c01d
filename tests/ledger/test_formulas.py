"""The formula language and the figures it reads from the ledger."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from erp.core.companies.models import Company
from ledger.balances.models import OpeningBalance
from ledger.dimensions.services import ValueRow, empty_set_id, ensure_values, intern_sets, type_ids
from ledger.formulas import services
from ledger.formulas.language import FormulaError, parse
from ledger.formulas.nodes import Figures
from ledger.formulas.spans import Span
from ledger.periods.models import Period
from ledger.preferences.models import LedgerPreferences
from ledger.vouchers import services as vouchers
from ledger.vouchers.models import Voucher, VoucherKind


class FixedFigures:
    """Figures of a table: what a formula asks for, it gets by name."""

    def __init__(self, **known: str | None) -> None:
        self.known = known
        self.vat_stays_in_taxes = False

    def balance(self, accounts: Any, span: Span) -> Decimal:
        return sum((Decimal(self.known[f"b{code}"] or 0) for code in accounts), Decimal(0))

    def parts(self, accounts: Any, by: str, sign: int, span: Span) -> Decimal:
        return Decimal(f"{len(accounts)}00") * sign

    def turnover(self, accounts: Any, span: Span) -> Decimal:
        return Decimal(span.last - span.first + 1)

    def cash_flow(self, item: str, span: Span) -> Decimal:
        return Decimal(item)

    def cash_open(self, span: Span) -> Decimal:
        return Decimal(span.first)

    def line(self, line_no: int, span: Span) -> Decimal | None:
        text = self.known.get(f"L{line_no}")
        return None if text is None else Decimal(text)

    def cell(self, statement: str, line_no: int, span: Span) -> Decimal | None:
        return self.line(line_no, span)


def worth(text: str, **known: str | None) -> Decimal | None:
    figures: Figures = FixedFigures(**known)
    return parse(text).worth(figures, Span(24300, 24302))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1+2*3", "7"),
        ("(1+2)*3", "9"),
        ("10-4-3", "3"),
        ("-2*3", "-6"),
        ("BAL_D(1001,1002)", "150"),
        ("BAL_C(1001)", "-100"),
        ("POS(BAL_C(1001))", "0"),
        ("PART_D(1122,2203;customer)", "200"),
        ("part_c（1122，2203；customer）", "-200"),
        ("TURN_C(5*)", "-3"),
        ("CF(14)/7", "2"),
        ("L1/L2", "4"),
        ("CELL(balance_sheet, 1) - L2", "6"),
        ("CASH_OPEN()-PRIOR(CASH_OPEN())", "3"),
        ("CASH_OPEN()-PRIOR_YEAR(CASH_OPEN())", "12"),
        ("YEAR_START(TURN_D(5*))", "12"),
    ],
)
def test_a_formula_is_worth_what_arithmetic_says(text: str, value: str) -> None:
    assert worth(text, b1001="100", b1002="50", L1="8", L2="2") == Decimal(value)


def test_a_division_by_zero_is_a_blank_and_so_is_every_sum_with_it() -> None:
    assert worth("1/L1", L1="0") is None
    assert worth("1+1/L1", L1="0") is None
    assert worth("POS(L9)*2") is None


@pytest.mark.parametrize(
    ("text", "position", "found"),
    [
        ("", 1, ""),
        ("1+", 3, ""),
        ("BAL_D(10)", 7, "10"),
        ("BAL_D(1001", 11, ""),
        ("SUM(1001)", 1, "SUM"),
        ("L1 L2", 4, "L2"),
        ("1 ? 2", 3, "?"),
        ("PART_D(1122;colour)", 13, "colour"),
        ("CF(x)", 4, "x"),
        ("CELL(ratios)", 12, ")"),
        ("(" * 80 + "1" + ")" * 80, 51, "("),
    ],
)
def test_a_wrong_formula_is_refused_with_its_position(text: str, position: int, found: str) -> None:
    with pytest.raises(FormulaError) as refusal:
        parse(text)
    assert refusal.value.facts["position"] == position
    if found:
        assert refusal.value.facts["found"] == found
    assert str(position) in refusal.value.message


# --- with the ledger ----------------------------------------------------------------------------------------------


@pytest.fixture
def period(company: Company) -> Callable[[int, int], Period]:
    return lambda year, number: Period.objects.get(company=company, year=year, number=number)


def opening(company: Company, code: str, debit: str = "0", credit: str = "0", **more: Any) -> None:
    from ledger.accounts.models import Account

    dimension_set = more.pop("dimension_set_id", None) or empty_set_id(company.pk)
    OpeningBalance.objects.create(
        company=company,
        account=Account.objects.get(company=company, code=code),
        dimension_set_id=dimension_set,
        currency="CNY",
        debit=Decimal(debit),
        credit=Decimal(credit),
        **more,
    )


def test_balances_and_turnover_come_from_the_ledger(
    company: Company, posted: Callable[..., Voucher], period: Callable[[int, int], Period]
) -> None:
    opening(company, "1001", debit="40.00")
    opening(company, "3001", credit="40.00")
    posted("100.00")
    december, november = period(2025, 12), period(2025, 11)
    assert services.value_of(company, "BAL_D(1001)", december, december) == Decimal("140.00")
    assert services.value_of(company, "BAL_D(1001)", november, november) == Decimal("40.00")
    assert services.value_of(company, "PRIOR(BAL_D(1001))", december, december) == Decimal("40.00")
    assert services.value_of(company, "TURN_C(1002)", november, december) == Decimal("100.00")
    assert services.value_of(company, "CASH_OPEN()", december, december) == Decimal("40.00")
    assert services.value_of(company, "BAL_D(10*)", december, december) == Decimal("40.00")


def test_drafts_count_only_when_asked_for(
    company: Company, draft: Callable[..., Voucher], period: Callable[[int, int], Period]
) -> None:
    draft("70.00")
    december = period(2025, 12)
    assert services.value_of(company, "BAL_D(1001)", december, december) == 0
    assert services.value_of(company, "BAL_D(1001)", december, december, True) == Decimal("70.00")
    assert services.value_of(company, "TURN_D(1001)", december, december, include_unposted=True) == Decimal("70.00")


def test_turnover_leaves_out_closing_vouchers_and_balances_keep_them(
    company: Company, accountant: Any, reviewer: Any, line: Callable[..., Any], period: Callable[[int, int], Period]
) -> None:
    """L17: a transfer of profit and loss is no income and no expense."""
    for lines, kind in (
        ([line("100201", debit="300.00"), line("530102", credit="300.00")], VoucherKind.MANUAL),
        ([line("530102", debit="300.00"), line("3103", credit="300.00")], VoucherKind.CLOSING_PL),
    ):
        voucher = vouchers.create_voucher(company, dt.date(2025, 12, 5), None, lines, by=accountant, kind=kind)
        vouchers.review(voucher, by=reviewer)
        vouchers.post(voucher, by=accountant)
    december = period(2025, 12)
    assert services.value_of(company, "TURN_C(5301)", december, december) == Decimal("300.00")
    assert services.value_of(company, "BAL_C(5301)", december, december) == 0
    assert services.value_of(company, "BAL_C(3103)", december, december) == Decimal("300.00")


def test_a_mid_year_start_counts_the_months_before(company: Company, period: Callable[[int, int], Period]) -> None:
    """The company begins in November: the year's opening is the opening less January to October."""
    opening(company, "1001", debit="40.00", year_debit=Decimal("90.00"), year_credit=Decimal("75.00"))
    opening(company, "530102", year_debit=Decimal("60.00"), year_credit=Decimal("60.00"), year_profit=Decimal("-60.00"))
    december = period(2025, 12)
    assert services.value_of(company, "YEAR_START(BAL_D(1001))", december, december) == Decimal("25.00")
    figures = services.LedgerFigures(company)
    year = Span(2025 * 12, 2025 * 12 + 11)
    assert parse("TURN_D(1001)").worth(figures, year) == Decimal("15.00")
    assert parse("TURN_C(5301)").worth(figures, year) == Decimal("60.00")
    assert parse("CASH_OPEN()").worth(figures, year) == Decimal("25.00")
    assert parse("PRIOR_YEAR(TURN_C(5301))").worth(figures, year) is None
    assert parse("BAL_D(1001)").worth(figures, Span(2025 * 12 + 3, 2025 * 12 + 3)) is None


def parties(company: Company, kind: str, *codes: str) -> dict[str, int]:
    """Interned sets of one value each."""
    values = ensure_values(company.pk, kind, [ValueRow(code, code) for code in codes])
    type_id = type_ids(company.pk)[kind]
    sets = intern_sets(company.pk, [((type_id, values[code]),) for code in codes])
    return {code: sets[((type_id, values[code]),)] for code in codes}


@pytest.fixture
def receivables(company: Company) -> Company:
    """The example of the reclassification: 1122: C1 +500, C2 −80; 2203: C1 −30, C3 +20."""
    sets = parties(company, "customer", "C1", "C2", "C3")
    opening(company, "1122", debit="500.00", dimension_set_id=sets["C1"])
    opening(company, "1122", credit="80.00", dimension_set_id=sets["C2"])
    opening(company, "2203", credit="30.00", dimension_set_id=sets["C1"])
    opening(company, "2203", debit="20.00", dimension_set_id=sets["C3"])
    return company


def test_a_customers_credit_balance_is_an_advance(receivables: Company, period: Callable[[int, int], Period]) -> None:
    month = period(2025, 11)
    assert services.value_of(receivables, "PART_D(1122,2203;customer)", month, month) == Decimal("520.00")
    assert services.value_of(receivables, "PART_C(1122,2203;customer)", month, month) == Decimal("110.00")
    assert services.value_of(receivables, "BAL_D(1122,2203)", month, month) == Decimal("410.00")
    assert services.value_of(receivables, "PART_D(1122,2203)", month, month) == Decimal("520.00")


def test_a_setting_nets_the_accounts_of_one_party_first(
    receivables: Company, period: Callable[[int, int], Period]
) -> None:
    LedgerPreferences.objects.update_or_create(company=receivables, defaults={"net_within_party": True})
    month = period(2025, 11)
    assert services.value_of(receivables, "PART_D(1122,2203;customer)", month, month) == Decimal("490.00")
    assert services.value_of(receivables, "PART_C(1122,2203;customer)", month, month) == Decimal("80.00")


def test_two_salesmen_of_one_customer_do_not_split_him(company: Company, period: Callable[[int, int], Period]) -> None:
    kinds = type_ids(company.pk)
    customer = ensure_values(company.pk, "customer", [ValueRow("C1", "C1")])["C1"]
    salesmen = ensure_values(company.pk, "employee", [ValueRow("E1", "E1"), ValueRow("E2", "E2")])
    pairs = [((kinds["customer"], customer), (kinds["employee"], salesmen[code])) for code in ("E1", "E2")]
    first, second = intern_sets(company.pk, pairs).values()
    opening(company, "1122", debit="100.00", dimension_set_id=first)
    opening(company, "1122", credit="60.00", dimension_set_id=second)
    month = period(2025, 11)
    for by in ("customer", "party"):
        assert services.value_of(company, f"PART_D(1122;{by})", month, month) == Decimal("40.00")
        assert services.value_of(company, f"PART_C(1122;{by})", month, month) == 0


def test_many_formulas_and_months_cost_three_statements(
    receivables: Company, django_assert_max_num_queries: Any
) -> None:
    formulas = [parse(text) for text in ("BAL_D(1001)", "PART_D(1122;customer)", "TURN_C(5*)", "CF(1)", "CASH_OPEN()")]
    months = [Span(2025 * 12 + 10, 2025 * 12 + 10 + n) for n in range(12)]
    figures = services.LedgerFigures(receivables)
    with django_assert_max_num_queries(3):
        figures.prepare((formula, month) for formula in formulas for month in months)
        assert all(formula.worth(figures, month) is not None for formula in formulas for month in months)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("BAL_D(9999)", "formula_account"),
        ("BAL_D(1001)+TURN_C(5*,8*)", "formula_account"),
        ("CF(99)", "formula_item"),
        ("L3", "formula_only_in_statements"),
        ("CELL(ratios,1)", "formula_only_in_statements"),
    ],
)
def test_what_does_not_exist_is_refused(company: Company, text: str, code: str) -> None:
    with pytest.raises(FormulaError) as refusal:
        services.check(company, text)
    assert refusal.value.code == code
    assert refusal.value.facts["position"] >= 1
