"""The public "Online Retail" file, loaded as users load it: totals that anybody can check against the file.

Skipped where the file does not lie beside the checkout (the README says where to get it).
"""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.db.models import Sum

from demo.load import Loaded, load
from erp.core.imports.models import ImportedDocument
from erp.core.jobs.terminal import TerminalProgress
from erp.core.verify import verify
from inventory.moves.models import StockBalance
from ledger.vouchers.models import VoucherLine

FILE = Path(project.BASE_DIR).parent / "shared" / "data" / "online_retail_2010_12.xlsx"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not FILE.is_file(), reason="the real file does not lie beside the checkout"),
]

TOTALS = {
    "goods": "884130.35",
    "freight": "32424.87",
    "manual": "-1647.80",
    "discount": "-716.95",
    "sample": "-64.95",
    "platform_fee": "-72584.81",
    "bank_charge": "-1047.30",
    "gift_voucher": "119.14",
    "net": "840612.55",
    "output_vat": "107569.89",
    "gross_named_customers": "736382.91",
    "gross_cash_customer": "211799.53",
}


class Quiet(TerminalProgress):
    def __init__(self) -> None:
        pass

    def stage(self, title: str) -> None:
        pass

    def report(self, done: int, total: int, message: str = "") -> None:
        pass


def test_the_real_file_is_in_the_books_to_the_cent_and_only_once(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    loaded = load(FILE, "demo", reporter=Quiet(), inline_posting=True)
    first = loaded.summary
    assert (first["rows"], first["source_documents"], first["failed_events"]) == (49_999, 2_338, 0)
    assert first["rows_in_documents"] + first["rows_left_out"] == 49_999
    assert first["totals"] == TOTALS
    _books_agree(loaded)

    second = load(FILE, "demo", reporter=Quiet(), inline_posting=True).summary
    for key in ("events", "vouchers", "lines", "totals"):
        assert second[key] == first[key]
    assert second["seconds"]["total"] < first["seconds"]["total"] / 3


def _books_agree(loaded: Loaded) -> None:
    company = loaded.company
    posted = VoucherLine.objects.filter(company=company, voucher__status="posted")
    sums = posted.aggregate(debit=Sum("debit"), credit=Sum("credit"))
    assert sums["debit"] == sums["credit"]
    revenue = posted.filter(account__code="500101").aggregate(debit=Sum("debit"), credit=Sum("credit"))
    assert str(revenue["credit"] - revenue["debit"]) == TOTALS["goods"]
    assert StockBalance.objects.filter(company=company, qty__lt=0).count() == 0
    assert ImportedDocument.objects.filter(company=company).values("external_no").distinct().count() == 2_338 + 1
    assert [result for result in verify(company) if not result.holds] == []
