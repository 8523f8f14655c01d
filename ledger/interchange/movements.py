"""Rows of the standard's tables of movements: balances and turnover, voucher lines, cash flow, open items.

They are read through a server-side cursor, so that a year of any size is written in constant memory.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from erp.core.money import ZERO
from erp.core.reports.stream import stream
from ledger.dimensions.models import DimensionSetItem
from ledger.interchange.elements import AUXILIARIES, auxiliary
from ledger.interchange.masters import SIDES, Row, Scope, day

# A row per account, set, currency and month of the year in which the cell has a balance or a turnover: opening as at
# the month's start, turnover, each in base currency, original currency and quantity.
_BALANCES = """
WITH flow AS (
    SELECT b.account_id, b.dimension_set_id, b.currency, p.year, p.start, b.debit, b.credit,
           CASE WHEN b.currency = %(base)s THEN b.debit ELSE b.original_debit END AS odebit,
           CASE WHEN b.currency = %(base)s THEN b.credit ELSE b.original_credit END AS ocredit,
           b.quantity_debit AS qdebit, b.quantity_credit AS qcredit
      FROM ledger_accountbalance b JOIN ledger_period p ON p.company_id = b.company_id AND p.id = b.period_id
     WHERE b.company_id = %(company)s AND p.year <= %(year)s),
cells AS (
    SELECT account_id, dimension_set_id, currency, sum(amount) AS opening, sum(original) AS oopening,
           sum(quantity) AS qopening
      FROM (SELECT account_id, dimension_set_id, currency,
                   CASE WHEN year < %(year)s THEN debit - credit ELSE 0 END AS amount,
                   CASE WHEN year < %(year)s THEN odebit - ocredit ELSE 0 END AS original,
                   CASE WHEN year < %(year)s THEN qdebit - qcredit ELSE 0 END AS quantity FROM flow
            UNION ALL
            SELECT account_id, dimension_set_id, currency, debit - credit,
                   CASE WHEN currency = %(base)s THEN debit - credit ELSE original_debit - original_credit END, quantity
              FROM ledger_openingbalance WHERE company_id = %(company)s) parts
     GROUP BY 1, 2, 3),
grid AS (
    SELECT c.account_id, c.dimension_set_id, c.currency, p.start, p.number,
           coalesce(f.debit, 0) AS debit, coalesce(f.credit, 0) AS credit, coalesce(f.odebit, 0) AS odebit,
           coalesce(f.ocredit, 0) AS ocredit, coalesce(f.qdebit, 0) AS qdebit, coalesce(f.qcredit, 0) AS qcredit,
           c.opening + coalesce(sum(f.debit - f.credit) OVER earlier, 0) AS opening,
           c.oopening + coalesce(sum(f.odebit - f.ocredit) OVER earlier, 0) AS oopening,
           c.qopening + coalesce(sum(f.qdebit - f.qcredit) OVER earlier, 0) AS qopening
      FROM cells c
      JOIN ledger_period p ON p.company_id = %(company)s AND p.year = %(year)s
      LEFT JOIN flow f ON f.account_id = c.account_id AND f.dimension_set_id = c.dimension_set_id
           AND f.currency = c.currency AND f.start = p.start
    WINDOW earlier AS (PARTITION BY c.account_id, c.dimension_set_id, c.currency ORDER BY p.start
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
SELECT a.id, a.code, a.direction, a.unit, g.dimension_set_id, g.currency, g.number, g.qopening, g.oopening, g.opening,
       g.qdebit, g.odebit, g.debit, g.qcredit, g.ocredit, g.credit
  FROM grid g JOIN ledger_account a ON a.id = g.account_id
 WHERE g.opening <> 0 OR g.debit <> 0 OR g.credit <> 0 OR g.oopening <> 0 OR g.qopening <> 0 OR g.qdebit <> 0
    OR g.qcredit <> 0
 ORDER BY a.code, g.dimension_set_id, g.currency, g.start
"""

# All lines of the year, in the order of the books; void and unposted vouchers carry their flags.
_LINES = """
SELECT v.date, p.number, v.word, v.number, l.line_no, l.summary, a.id, a.code, a.unit, l.dimension_set_id, l.currency,
       l.quantity, l.original_amount, l.debit, l.credit, l.rate, l.unit_price, l.settlement_method, l.settlement_no,
       v.attachments, v.preparer_name, v.reviewer_name, v.poster_name, v.status, v.kind
  FROM ledger_period p
  JOIN ledger_voucher v ON v.company_id = p.company_id AND v.period_id = p.id
  JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
  JOIN ledger_account a ON a.id = l.account_id
 WHERE p.company_id = %(company)s AND p.year = %(year)s
 ORDER BY p.start, v.word, v.number, l.line_no
"""

# Cash-flow parts of the year's vouchers; the sign is that of the item's own direction.
_CASH_FLOW = """
SELECT v.word, v.number, row_number() OVER (PARTITION BY v.id ORDER BY e.id), l.summary, i.code, i.flow, e.amount
  FROM ledger_period p
  JOIN ledger_cashflowentry e ON e.company_id = p.company_id AND e.period_id = p.id
  JOIN ledger_cashflowitem i ON i.id = e.item_id
  JOIN ledger_voucher v ON v.company_id = p.company_id AND v.id = e.voucher_id AND v.status = 'posted'
  JOIN ledger_voucherline l ON l.company_id = p.company_id AND l.id = e.line_id
 WHERE p.company_id = %(company)s AND p.year = %(year)s
 ORDER BY p.start, v.word, v.number, 3
"""

# Posted lines of the year on balance-sheet accounts that carry a value of the party's dimension.
_PARTY = """
SELECT x.code, a.code, v.date, v.posted_at, p.number, v.word, v.number, l.currency, l.rate, l.original_amount,
       l.debit, l.credit, l.summary, l.settlement_method, l.business_no
  FROM ledger_period p
  JOIN ledger_voucher v ON v.company_id = p.company_id AND v.period_id = p.id AND v.status = 'posted'
  JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
  JOIN ledger_account a ON a.id = l.account_id AND a.account_class IN ('asset', 'liability')
  JOIN ledger_dimensionsetitem i ON i.company_id = l.company_id AND i.dimension_set_id = l.dimension_set_id
  JOIN ledger_dimensiontype t ON t.id = i.dimension_type_id AND t.code = %(party)s
  JOIN ledger_dimensionvalue x ON x.id = i.value_id
 WHERE p.company_id = %(company)s AND p.year = %(year)s
 ORDER BY x.code, a.code, v.date, v.word, v.number, l.line_no
"""


def plain(value: Decimal | None, places: int | None = 2) -> str:
    """Decimal text: amounts with two places, quantities and rates (``places`` None) without trailing zeros."""
    if value is None:
        return ""
    return f"{value:.{places}f}" if places is not None else f"{value.normalize():f}"


class Auxiliaries:
    """Codes of a set's values in the fixed order of the account's dimensions."""

    def __init__(self, scope: Scope) -> None:
        self._positions = scope.positions
        self._sets: dict[int, dict[int, str]] = {}
        rows = DimensionSetItem.objects.filter(company=scope.company)
        for set_id, type_id, code in rows.values_list(
            "dimension_set_id", "dimension_type_id", "value__code"
        ).iterator():
            self._sets.setdefault(set_id, {})[type_id] = code

    def of(self, account_id: int, set_id: int) -> Row:
        codes = self._sets.get(set_id)
        if not codes:
            return {}
        order = self._positions.get(account_id, [])[:AUXILIARIES]
        return {auxiliary(n): codes[type_id] for n, type_id in enumerate(order, start=1) if type_id in codes}


def _given(scope: Scope, **more: Any) -> dict[str, Any]:
    return {"company": scope.company.pk, "year": scope.year, "base": scope.company.currency, **more}


def side(amount: Decimal, own: str) -> str:
    """O09: direction of a balance; one of zero stands on the account's own side."""
    return "借" if amount > 0 else "贷" if amount < 0 else SIDES[own]


def balances(scope: Scope) -> Iterator[Row]:
    auxiliaries = Auxiliaries(scope)
    for row in stream(_BALANCES, _given(scope)):
        account, code, direction, unit, set_id, currency, number, *figures = row
        qopening, oopening, opening, qdebit, odebit, debit, qcredit, ocredit, credit = figures
        closing = opening + debit - credit
        yield {
            "科目编号": code,
            **auxiliaries.of(account, set_id),
            "期初余额方向": side(opening, direction),
            "期末余额方向": side(closing, direction),
            "币种编码": currency,
            "计量单位": unit,
            "会计年度": scope.year,
            "会计期间号": f"{number:02d}",
            "期初数量": plain(abs(qopening), None),
            "期初原币余额": plain(abs(oopening)),
            "期初本币余额": plain(abs(opening)),
            "借方数量": plain(qdebit, None),
            "借方原币金额": plain(odebit),
            "借方本币金额": plain(debit),
            "贷方数量": plain(qcredit, None),
            "贷方原币金额": plain(ocredit),
            "贷方本币金额": plain(credit),
            "期末数量": plain(abs(qopening + qdebit - qcredit), None),
            "期末原币余额": plain(abs(oopening + odebit - ocredit)),
            "期末本币余额": plain(abs(closing)),
        }


def lines(scope: Scope) -> Iterator[Row]:
    auxiliaries = Auxiliaries(scope)
    base = scope.company.currency
    for row in stream(_LINES, _given(scope)):
        date, number, word, voucher, line_no, summary, account, code, unit, set_id, currency, *rest = row
        quantity, original, debit, credit, rate, price, method, document, attachments, *people = rest
        preparer, reviewer, poster, status, kind = people
        original = abs(original) if original is not None and (debit or credit) >= 0 else original
        on_debit = not credit
        yield {
            "记账凭证日期": day(date),
            "会计年度": scope.year,
            "会计期间号": f"{number:02d}",
            "记账凭证类型编号": word,
            "记账凭证编号": voucher,
            "记账凭证行号": line_no,
            "记账凭证摘要": summary,
            "科目编号": code,
            **auxiliaries.of(account, set_id),
            "币种编码": currency,
            "计量单位": unit,
            "借方数量": plain(quantity if on_debit else ZERO, None),
            "借方原币金额": plain((debit if currency == base else original) if on_debit else ZERO),
            "借方本币金额": plain(debit),
            "贷方数量": plain(ZERO if on_debit else quantity, None),
            "贷方原币金额": plain(ZERO if on_debit else (credit if currency == base else original)),
            "贷方本币金额": plain(credit),
            "汇率类型编号": "booking",
            "汇率": "1" if currency == base else plain(rate, None),
            "单价": plain(price, None),
            "结算方式编码": method,
            "票据号": document,
            "附件数": attachments,
            "制单人": preparer,
            "审核人": reviewer,
            "记账人": poster,
            "记账标志": "1" if status == "posted" else "0",
            "作废标志": "1" if status == "void" else "0",
            "凭证来源系统": kind,
        }


def cash_flow(scope: Scope) -> Iterator[Row]:
    for word, voucher, number, summary, code, flow, amount in stream(_CASH_FLOW, _given(scope)):
        shown = plain(amount if flow == "in" else -amount)
        yield {
            "记账凭证类型编号": word,
            "记账凭证编号": voucher,
            "币种编码": scope.company.currency,
            "现金流量行号": number,
            "现金流量摘要": summary,
            "现金流量项目编码": code,
            "现金流量项目属性": "流入" if flow == "in" else "流出",
            "现金流量原币金额": shown,
            "现金流量本币金额": shown,
        }


def _party(scope: Scope, party: str, element: str) -> Iterator[Row]:
    base = scope.company.currency
    for row in stream(_PARTY, _given(scope, party=party)):
        code, account, date, posted, number, word, voucher, currency, rate, original, debit, credit, *rest = row
        summary, method, business_no = rest
        yield {
            element: code,
            "科目编号": account,
            "记账凭证日期": day(date),
            "记账日期": day(posted),
            "会计年度": scope.year,
            "会计期间号": f"{number:02d}",
            "记账凭证类型编号": word,
            "记账凭证编号": voucher,
            "本位币": base,
            "汇率": "1" if currency == base else plain(rate, None),
            "余额方向": "贷" if credit else "借",
            "本币发生金额": plain(credit or debit),
            "原币币种": currency,
            "原币发生金额": plain((credit or debit) if currency == base else original),
            "摘要": summary,
            "结算方式编码": method,
            "单据编号": business_no,
        }


def receivables(scope: Scope) -> Iterator[Row]:
    return _party(scope, "customer", "客户编码")


def payables(scope: Scope) -> Iterator[Row]:
    return _party(scope, "supplier", "供应商编码")


def trial_balances(scope: Scope) -> Iterator[Row]:
    """A row per account of level 1 and month, from the trial balance itself."""
    from ledger.books.ranges import PeriodRange
    from ledger.books.trial_balance import trial_balance

    for period in scope.periods:
        for row in trial_balance(scope.company, PeriodRange(period, period)).rows:
            if row.level == 1 and not row.is_value:
                yield {
                    "会计年度": scope.year,
                    "会计期间号": f"{period.number:02d}",
                    "科目编号": row.code,
                    "期初借方余额": plain(row.opening_debit),
                    "期初贷方余额": plain(row.opening_credit),
                    "借方发生额": plain(row.debit),
                    "贷方发生额": plain(row.credit),
                    "期末借方余额": plain(row.closing_debit),
                    "期末贷方余额": plain(row.closing_credit),
                }


MOVEMENTS: dict[str, Callable[[Scope], Iterator[Row]]] = {
    "科目余额及发生额": balances,
    "记账凭证": lines,
    "现金流量凭证项目数据": cash_flow,
    "应收明细表": receivables,
    "应付明细表": payables,
    "试算平衡表": trial_balances,
}
