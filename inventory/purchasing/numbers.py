"""Document numbers of purchasing."""

import datetime as dt

from erp.core.numbering.services import document_numbers

ORDER, INVOICE, RED_INVOICE, PAYMENT, REFUND, ALLOCATION = "CGDD", "CGFP", "CGHZ", "FKD", "GYTK", "YFHX"


def number(company_id: int, prefix: str, date: dt.date) -> str:
    """The next number of the prefix in the month of ``date``. Inside the transaction that uses it."""
    return document_numbers(company_id, prefix, f"{date:%Y%m}", 1)[0]
