"""Transfers by template: amounts, order, second runs, what is refused, and the templates that are shipped."""

import datetime as dt
from decimal import Decimal

import pytest

from demo.parts import closing as closing_demo
from erp.core.companies.models import Taxpayer
from erp.core.companies.setup import create_company
from erp.core.errors import InvalidValue
from ledger.closing import setup, transfers
from ledger.closing.models import TransferTemplate
from ledger.closing.refusals import AlreadyRun, TransferNotBalanced, TransferNotDue
from ledger.closing.templates import (
    TemplateHead,
    TemplateLine,
    TransferInUse,
    TwoRests,
    delete_template,
    read_lines,
    save_template,
    set_active,
)
from ledger.currencies.models import ExchangeRate
from ledger.dimensions.models import DimensionValue
from ledger.formulas.language import FormulaError
from ledger.periods.models import Period
from ledger.vouchers import services
from ledger.vouchers.models import Voucher, VoucherKind, VoucherLine
from ledger.vouchers.refusals import DimensionMissing

pytestmark = pytest.mark.django_db


@pytest.fixture
def december(company) -> Period:
    return Period.objects.get(company=company, year=2025, number=12)


@pytest.fixture
def vat(book, line):
    """Output VAT 26 000.00, input VAT 15 000.00, transferred out 600.00 (the example vat_transferred)."""
    book(line("1001", debit="26000.00"), line("22210107", credit="26000.00"))
    book(line("22210101", debit="15000.00"), line("1001", credit="15000.00"))
    book(line("1001", debit="600.00"), line("22210109", credit="600.00"))


@pytest.fixture
def book(company, accountant, reviewer):
    def make(*lines, date: dt.date = dt.date(2025, 12, 5)) -> Voucher:
        voucher = services.create_voucher(company, date, None, list(lines), by=accountant)
        post(voucher, reviewer, accountant)
        return voucher

    return make


def post(voucher, reviewer, accountant) -> None:
    services.review(voucher, by=reviewer)
    services.post(voucher, by=accountant)


def template(company, code) -> TransferTemplate:
    return TransferTemplate.objects.get(company=company, code=code)


def figures(voucher: Voucher | None) -> list[tuple[str, Decimal, Decimal]]:
    assert voucher is not None
    rows = VoucherLine.objects.filter(company=voucher.company, voucher=voucher).order_by("line_no")
    return [(row.account.code, row.debit, row.credit) for row in rows.select_related("account")]


def test_unpaid_vat_and_the_surtaxes_on_it(company, december, vat, accountant):
    """vat_transferred and surtax_accrued of the posting rules; the surtaxes read the draft of the VAT transfer."""
    made = transfers.run(company, template(company, "vat"), december, accountant)
    assert figures(made) == [
        ("22210104", Decimal("11600.00"), Decimal(0)),
        ("222102", Decimal(0), Decimal("11600.00")),
    ]
    assert (made.kind, made.status, made.date) == (VoucherKind.TRANSFER, "draft", dt.date(2025, 12, 31))
    surtaxes = transfers.run(company, template(company, "surtax"), december, accountant)
    assert [(debit, credit) for _code, debit, credit in figures(surtaxes)] == [
        (Decimal("812.00"), Decimal(0)),
        (Decimal("348.00"), Decimal(0)),
        (Decimal("232.00"), Decimal(0)),
        (Decimal(0), Decimal("812.00")),
        (Decimal(0), Decimal("348.00")),
        (Decimal(0), Decimal("232.00")),
    ]


def test_vat_in_debit_stays_where_it_is(company, december, book, line, accountant):
    book(line("22210101", debit="130.00"), line("1001", credit="130.00"))
    assert transfers.run(company, template(company, "vat"), december, accountant) is None


def test_vat_paid_beyond_what_is_due_is_transferred_out(company, december, book, line, accountant):
    """vat_transferred, variant overpaid: Dr vat_unpaid 300.00, Cr vat_overpaid_out 300.00."""
    book(line("22210103", debit="300.00"), line("1001", credit="300.00"))
    made = transfers.run(company, template(company, "vat"), december, accountant)
    assert figures(made) == [
        ("22210110", Decimal(0), Decimal("300.00")),
        ("222102", Decimal("300.00"), Decimal(0)),
    ]


def test_a_second_run_replaces_the_draft_and_is_refused_once_posted(company, december, vat, accountant, reviewer):
    first = transfers.run(company, template(company, "vat"), december, accountant)
    second = transfers.run(company, template(company, "vat"), december, accountant)
    assert (first.number, figures(second)[0][1]) == (second.number, Decimal("11600.00"))
    assert Voucher.objects.filter(company=company, kind=VoucherKind.TRANSFER).count() == 1
    post(second, reviewer, accountant)
    with pytest.raises(AlreadyRun) as refused:
        transfers.run(company, template(company, "vat"), december, accountant)
    assert str(second) in refused.value.message


def test_a_reversed_transfer_runs_again(company, december, vat, accountant, reviewer):
    made = transfers.run(company, template(company, "vat"), december, accountant)
    post(made, reviewer, accountant)
    red = services.reverse(Voucher.objects.get(pk=made.pk), by=accountant, date=dt.date(2025, 12, 31))
    post(red, reviewer, accountant)
    again = transfers.run(company, template(company, "vat"), december, accountant)
    assert figures(again)[0] == ("22210104", Decimal("11600.00"), Decimal(0))


def test_a_quarterly_template_reads_the_quarter_and_runs_at_its_end(company, december, book, line, accountant):
    book(line("1001", debit="1000.00"), line("530111", credit="1000.00"), date=dt.date(2025, 11, 5))
    book(line("1001", debit="500.00"), line("530111", credit="500.00"))
    tax = template(company, "income-tax")
    november = Period.objects.get(company=company, year=2025, number=11)
    with pytest.raises(TransferNotDue):
        transfers.run(company, tax, november, accountant)
    assert figures(transfers.run(company, tax, december, accountant)) == [
        ("5801", Decimal("75.00"), Decimal(0)),
        ("222113", Decimal(0), Decimal("75.00")),
    ]


def test_balances_move_with_their_dimensions(company, december, book, line, account, accountant):
    departments = DimensionValue.objects.filter(company=company, dimension_type__code="department").order_by("code")
    sets = [((value.dimension_type_id, value.pk),) for value in departments[:2]]
    for dimensions, amount in zip(sets, ("10.00", "20.00"), strict=True):
        book(line("410106", debit=amount, dimensions=dimensions), line("1001", credit=amount))
    own = save_template(
        company,
        TemplateHead(code="own", name="制造费用转入其他", summary="结转制造费用"),
        [
            TemplateLine(account("530111").pk, "debit", "rest"),
            TemplateLine(account("4101").pk, "credit", "balance"),
        ],
    )
    assert sorted(figures(transfers.run(company, own, december, accountant))) == [
        ("410106", Decimal(0), Decimal("10.00")),
        ("410106", Decimal(0), Decimal("20.00")),
        ("530111", Decimal("30.00"), Decimal(0)),
    ]


def test_formulas_that_do_not_balance_are_refused_with_both_sums(company, december, vat, account, accountant):
    own = save_template(
        company,
        TemplateHead(code="own", name="自定义", summary="自定义"),
        [
            TemplateLine(account("1001").pk, "debit", "formula", "BAL_C(222101)"),
            TemplateLine(account("530111").pk, "credit", "formula", "BAL_C(222101) * 0.5"),
        ],
    )
    with pytest.raises(TransferNotBalanced) as refused:
        transfers.run(company, own, december, accountant)
    assert refused.value.facts["debit"] == "11,600.00"


def test_a_negative_amount_turns_its_side(company, december, book, line, account, accountant):
    book(line("1001", debit="40.00"), line("530111", credit="40.00"))
    own = save_template(
        company,
        TemplateHead(code="own", name="自定义", summary="自定义"),
        [
            TemplateLine(account("1001").pk, "debit", "formula", "BAL_D(530111)"),
            TemplateLine(account("530111").pk, "credit", "rest"),
        ],
    )
    assert figures(transfers.run(company, own, december, accountant)) == [
        ("1001", Decimal(0), Decimal("40.00")),
        ("530111", Decimal("40.00"), Decimal(0)),
    ]


@pytest.mark.parametrize(
    ("second", "refusal", "field"),
    [
        (("100201", "credit", "formula", "BAL_D("), FormulaError, "lines-2-formula"),
        (("100201", "credit", "formula", "BAL_D(7777)"), FormulaError, "lines-2-formula"),
        (("100201", "credit", "rest", ""), TwoRests, "lines-2-source"),
        (("560201", "credit", "formula", "BAL_D(1001)"), DimensionMissing, "lines-2-dimensions"),
    ],
)
def test_what_is_wrong_with_a_template_is_said_at_its_place(company, account, second, refusal, field):
    code, side, source, formula = second
    with pytest.raises(refusal) as refused:
        save_template(
            company,
            TemplateHead(code="own", name="自定义", summary="自定义"),
            [
                TemplateLine(account("1001").pk, "debit", "rest"),
                TemplateLine(account(code).pk, side, source, formula),
            ],
        )
    assert refused.value.field == field
    assert not TransferTemplate.objects.filter(company=company, code="own").exists()


def test_a_code_is_taken_once(company, account):
    lines = read_lines(template(company, "vat"))
    with pytest.raises(InvalidValue):
        save_template(company, TemplateHead(code="vat", name="又一个", summary="又一个"), lines)


def test_shipped_templates_are_checked_and_come_once(company):
    setup.install(company)
    codes = list(TransferTemplate.objects.filter(company=company).values_list("code", "is_active"))
    assert codes == [("overhead", False), ("vat", True), ("surtax", True), ("income-tax", False)]
    for row in TransferTemplate.objects.filter(company=company, is_active=True):
        save_template(
            company,
            TemplateHead(row.code, row.name, row.summary, sequence=row.sequence, frequency=row.frequency),
            read_lines(row),
            template=row,
        )


def test_a_template_that_lacks_a_dimension_is_not_taken_into_use(company):
    with pytest.raises(DimensionMissing):
        set_active(template(company, "overhead"), True)
    set_active(template(company, "income-tax"), True)
    assert template(company, "income-tax").is_active


def test_a_small_scale_taxpayer_has_no_vat_transfer_and_accrues_surtaxes_by_quarter():
    start = dt.date(2025, 12, 1)
    company = create_company("xiao", "绍兴小微商行", first_period=start, taxpayer=Taxpayer.SMALL_SCALE)
    rows = TransferTemplate.objects.filter(company=company, is_active=True)
    assert list(rows.values_list("code", "frequency")) == [("surtax", "quarter")]


def test_an_enterprise_takes_the_codes_of_its_chart():
    start = dt.date(2025, 12, 1)
    company = create_company("qiye", "宁波开源贸易有限公司", first_period=start, standard="enterprise")
    assert [line.account.code for line in template(company, "income-tax").lines.order_by("sequence")] == [
        "680101",
        "222113",
    ]


def test_a_template_that_made_vouchers_is_not_deleted(company, december, vat, accountant):
    transfers.run(company, template(company, "vat"), december, accountant)
    with pytest.raises(TransferInUse):
        delete_template(template(company, "vat"))
    delete_template(template(company, "overhead"))


def test_the_demo_company_gets_rates_and_a_template_that_can_run(company, december):
    for _again in range(2):
        closing_demo.add(company, {}, dt.date(2025, 12, 31))
    assert ExchangeRate.objects.filter(company=company, kind="closing").count() == 10
    assert transfers.preview(company, template(company, "stamp-duty"), december).is_balanced
