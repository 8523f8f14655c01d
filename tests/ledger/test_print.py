"""Printed vouchers: their text is read back from the PDF."""

import datetime as dt
import io
import time
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.test import Client
from pypdf import PdfReader

from erp.core.companies.models import Company
from ledger.preferences.services import preferences_of
from ledger.vouchers import services
from ledger.vouchers.models import Voucher
from ledger.vouchers.print import ROWS, PrintedLine, PrintedVoucher, printed, sheets, voucher_pdf


def _read(company: Company, ids: list[int], paper: str = "form") -> list[str]:
    stream = io.BytesIO()
    voucher_pdf(stream, company, printed(company, ids), paper=paper)
    return [page.extract_text() for page in PdfReader(stream).pages]


def test_a_posted_cash_voucher_shows_every_element(company: Company, posted: Callable[..., Voucher]) -> None:
    """V01: date, number, summary, accounts, amounts, attachments and five signatures; V12: the amount in capitals."""
    preferences = preferences_of(company)
    preferences.accounting_head = "陈主管"
    preferences.save()
    (text,) = _read(company, [posted("1234.50").pk])
    for part in (
        "记 账 凭 证", "杭州礼遇贸易有限公司", "2025年12月05日", "记字第1号", "附件 0 张", "提取备用金",
        "1001 库存现金", "100201 银行存款", "1,234.50", "¥1,234.50", "壹仟贰佰叁拾肆元伍角整",
        "会计主管:陈主管", "记账:王会计", "审核:李审核", "出纳:未签", "制单:王会计",
    ):  # fmt: skip
        assert part in text, part


def test_missing_steps_are_printed_as_unsigned(company: Company, draft: Callable[..., Voucher]) -> None:
    """V01: a name is never made up."""
    (text,) = _read(company, [draft("5.00").pk])
    for role in ("会计主管", "记账", "审核", "出纳"):
        assert f"{role}:未签" in text


def test_a_void_voucher_is_stamped(company: Company, draft: Callable[..., Voucher], accountant: Any) -> None:
    voucher = services.void(draft("5.00"), by=accountant)
    assert "作废" in _read(company, [voucher.pk])[0]


def test_two_vouchers_stand_on_one_page_of_a4(company: Company, draft: Callable[..., Voucher]) -> None:
    ids = [draft("1.00").pk, draft("2.00").pk, draft("3.00").pk]
    pages = _read(company, ids, "a4")
    assert len(pages) == 2 and "记字第1号" in pages[0] and "记字第2号" in pages[0] and "记字第3号" in pages[1]


def _voucher(lines: int) -> PrintedVoucher:
    made = [PrintedLine("摘要", "1001 库存现金", "", Decimal("1.00"), Decimal("0")) for _n in range(lines - 1)]
    made.append(PrintedLine("摘要", "1002 银行存款", "", Decimal("0"), Decimal(lines - 1)))
    names = ("甲", "乙", "丙", "丁", "戊")
    return PrintedVoucher("公司", "记", 7, dt.date(2025, 12, 5), 2, tuple(made), False, *names)


def test_blank_rows_are_counted_to_be_crossed_out() -> None:
    """V10: what stays blank on the last form."""
    (sheet,) = sheets(_voucher(2))
    assert sheet.blank == ROWS - 2 and sheet.is_last


def test_a_long_voucher_carries_its_sums_from_form_to_form() -> None:
    """过次页 on each form but the last, 承前页 with the same sums on the next; all lines once; total on the last."""
    made = sheets(_voucher(14))
    assert [sheet.numbering for sheet in made] == ["1/3", "2/3", "3/3"]
    for before, after in pairwise(made):
        out, carried = before.rows[-1], after.rows[0]
        assert (out.summary, carried.summary) == ("过次页", "承前页")
        assert (out.debit, out.credit) == (carried.debit, carried.credit)
    assert sum(len([row for row in sheet.rows if row.account]) for sheet in made) == 14
    assert all(len(sheet.rows) + sheet.blank == ROWS for sheet in made)
    assert made[-1].debit == made[-1].credit == Decimal(13)


def test_red_amounts_keep_sign_and_two_decimals(company: Company, posted: Any, accountant: Any) -> None:
    """V11: two decimals always; V06: the red voucher names what it reverses."""
    red = services.reverse(posted("100.00"), by=accountant, date=dt.date(2025, 12, 8))
    (text,) = _read(company, [red.pk])
    assert "-100.00" in text and "注销12月5日记-1号凭证" in text and "负壹佰元整" in text


def test_a_hundred_vouchers_are_drawn_within_three_seconds(company: Company, draft: Callable[..., Voucher]) -> None:
    ids = [draft(f"{n}.00").pk for n in range(1, 101)]
    started = time.perf_counter()
    assert len(_pages(company, ids)) == 50
    assert time.perf_counter() - started < 3


def _pages(company: Company, ids: list[int]) -> Any:
    stream = io.BytesIO()
    voucher_pdf(stream, company, printed(company, ids))
    return PdfReader(stream).pages


def test_page_and_file_are_served(company: Company, accountant: Any, draft: Callable[..., Voucher]) -> None:
    client = Client()
    client.force_login(accountant)
    voucher = draft("8.00")
    page = client.get("/ledger/vouchers/print/", {"ids": voucher.pk, "paper": "form"})
    assert page.status_code == 200
    text = page.content.decode()
    assert "捌元整" in text and "记字第1号" in text and text.count("crossed") == ROWS - 2
    assert "style=" not in text.split("<main")[1]
    file = client.get("/ledger/vouchers/print/", {"first": "2025-12", "format": "pdf"})
    assert file["Content-Type"] == "application/pdf" and len(PdfReader(io.BytesIO(file.content)).pages) == 1
    assert client.get("/ledger/vouchers/print/").status_code == 302
