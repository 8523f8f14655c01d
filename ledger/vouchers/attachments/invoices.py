"""Read a digital invoice (数电票) in XML: number, date, parties, amount, tax.

The issuers' files differ in their wrapping, not in the names of these elements, so they are found by name wherever
they stand. A file that is no such invoice is an ordinary attachment. Entities are refused: no XML attacks.
"""

import datetime as dt
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from xml.parsers import expat

MAX_TEXT = 200
# What each fact is called in the files of the tax administration and in common exports.
_NAMES = {
    "number": ("eiid", "invoicenumber", "fphm", "einvoiceid", "发票号码"),
    "date": ("issuetime", "requesttime", "invoicedate", "kprq", "开票日期"),
    "seller": ("sellername", "xsfmc", "xfmc", "销售方名称"),
    "seller_tax_no": ("selleridnum", "sellertaxid", "xsfnsrsbh", "xfsh"),
    "buyer": ("buyername", "gmfmc", "gfmc", "购买方名称"),
    "buyer_tax_no": ("buyeridnum", "buyertaxid", "gmfnsrsbh", "gfsh"),
    "net": ("totalamwithouttax", "amount", "hjje", "合计金额"),
    "tax": ("totaltaxam", "taxamount", "hjse", "合计税额"),
    "gross": ("totaltax-includedamount", "totalamount", "jshj", "价税合计"),
}


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """What a digital invoice says; '' where it is silent. Amounts are the text of a number."""

    number: str
    date: str = ""
    seller: str = ""
    seller_tax_no: str = ""
    buyer: str = ""
    buyer_tax_no: str = ""
    net: str = ""
    tax: str = ""
    gross: str = ""

    def as_json(self) -> dict[str, str]:
        """As the attachment keeps it."""
        return {name: text for name, text in asdict(self).items() if text}


def read_invoice(name: str, content: bytes) -> InvoiceFacts | None:
    """The facts of a digital invoice, None if the file is none."""
    if not name.lower().endswith(".xml"):
        return None
    texts = _texts(content)
    if texts is None:
        return None
    found = {fact: next((texts[tag] for tag in tags if texts.get(tag)), "") for fact, tags in _NAMES.items()}
    number = "".join(found["number"].split()).upper()[:60]
    if not number:
        return None
    found |= {"number": number, "date": _date(found["date"])}
    for fact in ("net", "tax", "gross"):
        found[fact] = _amount(found[fact])
    return InvoiceFacts(**found)


def _texts(content: bytes) -> dict[str, str] | None:
    """Element name in lower case without prefix → the text of its first occurrence; None if it is no XML."""
    texts: dict[str, str] = {}
    open_tags: list[str] = []
    parts: list[str] = []

    def start(tag: str, _attributes: dict[str, str]) -> None:
        open_tags.append(tag.rpartition(":")[2].lower())
        parts.clear()

    def end(_tag: str) -> None:
        text = "".join(parts).strip()[:MAX_TEXT]
        if text:
            texts.setdefault(open_tags[-1], text)
        open_tags.pop()
        parts.clear()

    def refuse(*_facts: object) -> None:
        raise expat.ExpatError("entities are not read")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = parts.append
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError):
        return None
    return texts


def _date(text: str) -> str:
    digits = "".join(character for character in text[:11] if character.isdigit())
    try:
        return dt.datetime.strptime(digits[:8], "%Y%m%d").date().isoformat()
    except ValueError:
        return ""


def _amount(text: str) -> str:
    try:
        return str(Decimal(text.replace(",", "").replace("¥", "")))
    except InvalidOperation:
        return ""
