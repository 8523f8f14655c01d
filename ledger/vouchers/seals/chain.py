"""What is hashed: the canonical text of a voucher and of a block, as SQL that sealing and checking share.

JSON arrays leave no doubt where one value ends; times are seconds since 1970, so no session's time zone matters;
numbers carry the fixed places of their columns. Names are the ones printed on the voucher.
"""

# The text begins with the version of this form; another form gets another version and keeps this one for old seals.
_HEAD = """json_build_array(1, v.id, v.company_id, p.year, p.number, v.word, v.number, v.date, v.kind, v.attachments,
    v.total, v.rule_id, v.reversal_of_id, v.corrects_id, v.reference, v.preparer_id, v.preparer_name, v.reviewer_id,
    v.reviewer_name, v.poster_id, v.poster_name, v.cashier_name, extract(epoch FROM v.created_at),
    extract(epoch FROM v.reviewed_at), extract(epoch FROM v.posted_at))::text"""

_LINE = """json_build_array(l.line_no, l.summary, l.account_id, l.dimension_set_id, l.debit, l.credit, l.currency,
    l.original_amount, l.rate, l.quantity, l.unit_price, l.business_date, l.settlement_method, l.settlement_no,
    l.business_no, l.rule_line_id, l.mapping_id, l.source_lines)::text"""

# Id and hash of posted vouchers of a company; ``seals`` is the table of their ids (alias s), ``condition`` filters it.
CONTENT = f"""
SELECT v.id, encode(sha256(convert_to({_HEAD} || E'\\n' || string_agg({_LINE}, E'\\n' ORDER BY l.line_no), 'UTF8')),
                    'hex') AS hash
  FROM {{seals}} s
  JOIN ledger_voucher v ON v.id = s.voucher_id AND v.company_id = s.company_id AND v.status = 'posted'
  JOIN ledger_period p ON p.id = v.period_id
  JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
 WHERE s.company_id = %(company)s AND {{condition}}
 GROUP BY v.id, p.id
"""


def block_hash(previous: str, number: str, count: str, seals: str) -> str:
    """SQL of a block's hash from SQL of its parts. ``seals``: the aggregate of ``SEAL_TEXT`` in order of id."""
    text = f"{previous} || E'\\n' || {number} || E'\\n' || {count} || E'\\n' || {seals}"
    return f"encode(sha256(convert_to({text}, 'UTF8')), 'hex')"
