"""The transfer templates that every company begins with, by standard and kind of taxpayer.

Idempotent: a template that is there, changed or not, stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from erp.core.companies.models import Company, Standard, Taxpayer
from ledger.accounts.models import Account
from ledger.closing.models import TransferFrequency, TransferLine, TransferSource, TransferTemplate
from ledger.posting.models import AccountMapping

# VAT due of the month: paid in the month + transferred out unpaid − transferred out overpaid.
_DUE = "POS(TURN_D(22210103,22210104,22210110))"
_PAID = "TURN_D(22210103)"
# A small-scale taxpayer declares by quarter: what the account holds at the quarter's end is the quarter's tax.
_SMALL_SCALE_DUE = "POS(BAL_C(222101))"
_SURTAXES = [("surtax_city", "0.07"), ("surtax_edu", "0.03"), ("surtax_local_edu", "0.02")]

MONTH, QUARTER = TransferFrequency.MONTH, TransferFrequency.QUARTER
FORMULA, BALANCE, REST = TransferSource.FORMULA, TransferSource.BALANCE, TransferSource.REST
Row = tuple[str, str, str, str]  # account key or code, side, source, formula


@dataclass(frozen=True, slots=True)
class Shipped:
    code: str
    name: str
    name_en: str
    sequence: int
    frequency: str
    summary: str
    is_active: bool
    rows: Sequence[Row]


def shipped(company: Company) -> list[Shipped]:
    """The templates of the company's standard and kind of taxpayer, in their order."""
    small = company.standard == Standard.SMALL
    general = company.taxpayer == Taxpayer.GENERAL
    base = _DUE if general else _SMALL_SCALE_DUE
    profit, tax, rate = ("5*", "5801", "0.05") if small else ("6*", "6801", "0.25")
    overhead = "4101" if small else "5101"
    templates = []
    if general:
        overpaid = f"POS({_PAID} - POS(BAL_C(222101) + {_PAID}))"
        templates.append(
            Shipped(
                "vat", "转出未交增值税", "Unpaid VAT transferred out", 10, MONTH, "转出本月未交增值税", True,
                [
                    ("vat_unpaid_out", "debit", FORMULA, "POS(BAL_C(222101))"),
                    ("vat_overpaid_out", "credit", FORMULA, overpaid),
                    ("vat_unpaid", "credit", REST, ""),
                ],
            )
        )  # fmt: skip
    templates += [
        Shipped(
            "surtax", "计提附加税", "Surtaxes accrued", 20, MONTH if general else QUARTER, "计提附加税", True,
            [(key, "debit", FORMULA, f"{base} * {share}") for key, share in _SURTAXES]
            + [(f"{key}_payable", "credit", FORMULA, f"{base} * {share}") for key, share in _SURTAXES],
        ),
        Shipped(
            "income-tax", "计提所得税", "Income tax accrued", 30, QUARTER, "计提本季度所得税", False,
            [
                ("income_tax_expense", "debit", FORMULA, f"POS(TURN_C({profit}) + TURN_D({tax})) * {rate}"),
                ("income_tax_payable", "credit", REST, ""),
            ],
        ),
        Shipped(
            "overhead", "结转制造费用", "Manufacturing overhead to production cost", 5, MONTH, "结转制造费用", False,
            [("wip_overhead", "debit", REST, ""), (overhead, "credit", BALANCE, "")],
        ),
    ]  # fmt: skip
    return templates


def install(company: Company) -> None:
    """Add the shipped templates that are missing and whose accounts this chart has."""
    known = set(TransferTemplate.objects.filter(company=company).values_list("code", flat=True))
    wanted = [one for one in shipped(company) if one.code not in known]
    if not wanted:
        return
    accounts = dict(Account.objects.filter(company=company).values_list("code", "id"))
    accounts |= dict(
        AccountMapping.objects.filter(company=company, is_active=True, selector_key="").values_list(
            "key__code", "account_id"
        )
    )
    for one in wanted:
        if any(row[0] not in accounts for row in one.rows):
            continue
        template = TransferTemplate.objects.create(
            company=company,
            code=one.code,
            name=one.name,
            name_en=one.name_en,
            sequence=one.sequence,
            frequency=one.frequency,
            summary=one.summary,
            is_builtin=True,
            is_active=one.is_active,
        )
        TransferLine.objects.bulk_create(
            TransferLine(
                company=company,
                template=template,
                sequence=place,
                account_id=accounts[account],
                side=side,
                source=source,
                formula=formula,
            )
            for place, (account, side, source, formula) in enumerate(one.rows, start=1)
        )
