"""Originals of vouchers: attached once, opened by those who may, counted, and warned about."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from ledger.vouchers import services as vouchers
from ledger.vouchers.attachments import services
from ledger.vouchers.attachments.invoices import read_invoice
from ledger.vouchers.attachments.models import AttachmentKind, VoucherAttachment
from ledger.vouchers.refusals import VoucherChanged
from tests.ledger.test_pages import browser, text

pytestmark = pytest.mark.django_db
INVOICE = """<?xml version="1.0" encoding="utf-8"?>
<EInvoice><Header><EIid>25332000000123456789</EIid></Header><EInvoiceData>
<SellerInformation><SellerIdNum>91330100MA2XXXXX1A</SellerIdNum><SellerName>杭州纸品厂</SellerName></SellerInformation>
<BuyerInformation><BuyerName>杭州礼遇贸易有限公司</BuyerName></BuyerInformation>
<BasicInformation><TotalAmWithoutTax>100.00</TotalAmWithoutTax><TotalTaxAm>13.00</TotalTaxAm>
<TotalTax-includedAmount>113.00</TotalTax-includedAmount><RequestTime>2025-12-03 10:20:30</RequestTime>
</BasicInformation></EInvoiceData></EInvoice>""".encode()


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def upload(content: bytes = b"%PDF-1.4 one", name: str = "合同.pdf", kind: str = "application/pdf"):
    return SimpleUploadedFile(name, content, content_type=kind)


def test_files_are_attached_listed_opened_and_counted(accountant, auditor, draft):
    voucher = draft()
    client = browser(accountant)
    client.post(reverse("voucher_attach", args=[voucher.pk]), {"files": [upload(), upload(b"two", "照片.png")]})
    voucher.refresh_from_db()
    assert voucher.attachments == 2
    page = text(browser(auditor).get(reverse("voucher_detail", args=[voucher.pk])))
    assert "合同.pdf" in page and "照片.png" in page
    first = VoucherAttachment.objects.get(voucher=voucher, name="合同.pdf")
    opened = browser(auditor).get(reverse("voucher_file", args=[first.pk]))
    assert b"".join(opened.streaming_content) == b"%PDF-1.4 one"
    assert opened["X-Content-Type-Options"] == "nosniff"


def test_the_number_typed_stays_when_it_is_larger(accountant, company, line):
    lines = [line("1001", debit="1"), line("100201", credit="1")]
    voucher = vouchers.create_voucher(company, dt.date(2025, 12, 5), None, lines, by=accountant, attachments=5)
    made = services.attach(voucher, upload(), by=accountant).attachment
    voucher.refresh_from_db()
    assert voucher.attachments == 5
    services.remove(made, by=accountant)
    voucher.refresh_from_db()
    assert voucher.attachments == 5


def test_a_file_is_for_people_who_see_vouchers_of_its_company(company, accountant, draft):
    from erp.core.access.permissions import Role
    from tests.trading import Trader

    made = services.attach(draft(), upload(b"<html>", "x.txt", "text/html"), by=accountant).attachment
    trader = Trader("other")
    address = reverse("voucher_file", args=[made.pk])
    assert browser(trader.user("stranger", Role.ACCOUNTANT)).get(address).status_code == 404
    from erp.core.access.models import Membership

    clerk = trader.user("clerk")
    Membership.objects.create(company=company, user=clerk, role=Role.CLERK)
    assert browser(clerk).get(address).status_code == 403
    saved = browser(accountant).get(address)
    assert saved["Content-Type"] == "application/octet-stream" and "attachment" in saved["Content-Disposition"]


def test_files_are_taken_off_until_the_review(accountant, reviewer, draft):
    voucher = draft()
    first = services.attach(voucher, upload(), by=accountant).attachment
    second = services.attach(voucher, upload(b"other"), by=accountant).attachment
    services.remove(first, by=accountant)
    voucher.refresh_from_db()
    assert voucher.attachments == 1
    vouchers.review(voucher, by=reviewer)
    with pytest.raises(VoucherChanged):
        services.remove(second, by=accountant)
    with pytest.raises(VoucherChanged):
        services.attach(voucher, upload(b"late"), by=accountant)


def test_the_same_file_warns_and_names_the_voucher(accountant, draft):
    """V18: the same file hash warns."""
    first, second = draft(), draft()
    services.attach(first, upload(), by=accountant)
    warned = services.attach(second, upload(), by=accountant)
    assert len(warned.warnings) == 1 and str(first) in warned.warnings[0]


def test_an_invoice_is_booked_once_and_the_refusal_names_the_voucher(accountant, draft):
    """V18: the second booking of the same invoice is refused."""
    first, second = draft(), draft()
    made = services.attach(first, upload(INVOICE, "发票.xml", "text/xml"), by=accountant).attachment
    assert (made.invoice_key, made.kind) == ("25332000000123456789", AttachmentKind.ELECTRONIC)
    with pytest.raises(services.InvoiceBooked) as refused:
        services.attach(second, upload(b"scan", "a.png"), by=accountant, invoice=" 2533 2000000123456789")
    assert str(first) in refused.value.message
    assert not VoucherAttachment.objects.filter(voucher=second).exists()


def test_a_digital_invoice_is_read():
    """Part of V-21: parties, amounts and tax of the XML."""
    facts = read_invoice("发票.xml", INVOICE)
    assert facts is not None
    assert (facts.date, facts.seller, facts.buyer) == ("2025-12-03", "杭州纸品厂", "杭州礼遇贸易有限公司")
    assert (facts.net, facts.tax, facts.gross) == ("100.00", "13.00", "113.00")


@pytest.mark.parametrize(
    "content",
    [
        b"no xml",
        b"<a><b>1</b></a>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a><EIid>1</EIid></a>',
        b"<a>",
        "<a/>".encode("utf-16"),
    ],
)
def test_what_is_no_invoice_is_an_ordinary_file(content):
    assert read_invoice("a.xml", content) is None


def test_a_print_without_its_electronic_original_warns(accountant, draft):
    """O05: a print needs the file it was printed from."""
    voucher = draft()
    warned = services.attach(voucher, upload(b"1"), by=accountant, kind=AttachmentKind.PRINT)
    assert len(warned.warnings) == 1 and "合同.pdf" in warned.warnings[0]
    services.attach(voucher, upload(INVOICE, "发票.xml"), by=accountant)
    assert services.attach(voucher, upload(b"2"), by=accountant, kind=AttachmentKind.PRINT).warnings == []


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("a.exe", b"1", services.FileTypeRefused),
        ("a.html", b"1", services.FileTypeRefused),
        ("a.pdf", b"", services.FileEmpty),
    ],
)
def test_programs_pages_and_empty_files_are_refused(accountant, draft, name, content, refusal):
    with pytest.raises(refusal):
        services.attach(draft(), upload(content, name), by=accountant)


def test_a_voucher_without_originals_is_warned_about_unless_it_reverses(company, accountant, posted):
    """V09: warning, not refusal; closing and correcting vouchers go without."""
    voucher = posted()
    red = vouchers.reverse(voucher, by=accountant, date=dt.date(2025, 12, 20))
    assert services.lacks_originals(company, voucher) and not services.lacks_originals(company, red)
    assert "documents attached" in text(browser(accountant).get(reverse("voucher_detail", args=[voucher.pk])))


def test_a_generated_voucher_counts_its_source_documents():
    """V09: attachments of a generated voucher are its documents, and each opens."""
    from erp.core.access.permissions import Role
    from ledger.vouchers.models import Voucher
    from ledger.vouchers.queries import sources_of
    from tests.trading import Trader

    trader = Trader()
    trader.sell(2)
    trader.post()
    trader.user("kuaiji", Role.ACCOUNTANT)
    for voucher in Voucher.objects.filter(company=trader.company, kind="generated"):
        sources, count = sources_of(voucher)
        assert voucher.attachments == count > 0
        assert all(source.number for source in sources)
