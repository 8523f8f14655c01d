"""Invariants of the ledger: balanced vouchers, turnover = lines, events ↔ vouchers, numbers, accounts and periods.

The database's guards refuse to break most of these; this proves it from outside them, for restored back-ups and
for whoever has switched triggers off.
"""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.verify import register_check, sentences
from ledger.vouchers.seals.verify import seals

_VOUCHER = "v.word || '-' || v.number || ' (' || p.year || '-' || lpad(p.number::text, 2, '0') || ')'"
_PERIOD = "p.year || '-' || lpad(p.number::text, 2, '0')"


def register() -> None:
    """Called once when Django starts."""
    register_check(
        1, "voucher_balanced", _("Each voucher balances and has at least two lines, none of them empty"), vouchers
    )
    register_check(1, "openings_balanced", _("Opening balances: debit = credit"), openings)
    register_check(2, "turnover_is_lines", _("Turnover = sums of posted lines"), turnover)
    register_check(
        5, "event_voucher", _("Every event has one voucher or a reason, every generated voucher its events"), events
    )
    register_check(6, "voucher_numbers", _("Voucher numbers run 1…n without gap, dates lie in their period"), numbers)
    register_check(7, "seals", _("Posted vouchers are what was sealed, and the chain of seals is whole"), seals)
    register_check(
        9, "postable_accounts", _("Lines stand on leaf accounts and carry the required dimensions"), accounts
    )
    register_check(
        9, "closed_periods", _("Periods follow each other; closed ones hold only what was posted before"), periods
    )


def vouchers(company: Company) -> Iterator[str]:
    yield from sentences(
        _(
            "Voucher %(voucher)s: debit %(debit)s, credit %(credit)s, total %(total)s; %(lines)s lines, "
            "%(empty)s of them empty."
        ),
        f"""SELECT {_VOUCHER} AS voucher, s.debit, s.credit, v.total, coalesce(s.lines, 0) AS lines, s.empty
              FROM ledger_voucher v
              JOIN ledger_period p ON p.id = v.period_id
              LEFT JOIN (SELECT voucher_id, sum(debit) AS debit, sum(credit) AS credit, count(*) AS lines,
                                count(*) FILTER (WHERE debit = 0 AND credit = 0 AND coalesce(quantity, 0) = 0) AS empty
                           FROM ledger_voucherline WHERE company_id = %(company)s GROUP BY voucher_id) s
                ON s.voucher_id = v.id
             WHERE v.company_id = %(company)s
               AND (s.lines IS NULL OR s.lines < 2 OR s.debit <> s.credit OR s.debit <> v.total OR s.empty > 0)
             ORDER BY p.start, v.word, v.number""",
        {"company": company.pk},
    )
    yield from sentences(
        _("%(lines)s lines name voucher %(voucher)s, which does not exist in this company and period."),
        """SELECT l.voucher_id AS voucher, count(*) AS lines
             FROM ledger_voucherline l
             LEFT JOIN ledger_voucher v
               ON v.id = l.voucher_id AND v.company_id = l.company_id AND v.period_id = l.period_id
            WHERE l.company_id = %(company)s AND v.id IS NULL
            GROUP BY l.voucher_id ORDER BY l.voucher_id""",
        {"company": company.pk},
    )


def openings(company: Company) -> Iterator[str]:
    yield from sentences(
        _("Opening balances in %(currency)s: debit %(debit)s, credit %(credit)s."),
        """SELECT currency, sum(debit) AS debit, sum(credit) AS credit
             FROM ledger_openingbalance WHERE company_id = %(company)s
            GROUP BY currency HAVING sum(debit) <> sum(credit)""",
        {"company": company.pk},
    )


def turnover(company: Company) -> Iterator[str]:
    yield from sentences(
        _(
            "Account %(account)s, %(period)s, dimensions [%(dimensions)s]: turnover says debit %(kept_debit)s, credit "
            "%(kept_credit)s, quantity %(kept_quantity)s; posted lines say %(debit)s, %(credit)s, %(quantity)s."
        ),
        f"""WITH lines AS (
                SELECT l.account_id, l.period_id, l.dimension_set_id, l.currency,
                       sum(l.debit) AS debit, sum(l.credit) AS credit,
                       sum(CASE WHEN l.debit <> 0 THEN coalesce(l.original_amount, l.debit) ELSE 0 END)
                           AS original_debit,
                       sum(CASE WHEN l.credit <> 0 THEN coalesce(l.original_amount, l.credit) ELSE 0 END)
                           AS original_credit,
                       coalesce(sum(l.quantity) FILTER (WHERE l.credit = 0), 0) AS quantity_debit,
                       coalesce(sum(l.quantity) FILTER (WHERE l.credit <> 0), 0) AS quantity_credit
                  FROM ledger_voucherline l
                  JOIN ledger_voucher v ON v.id = l.voucher_id AND v.company_id = l.company_id
                 WHERE l.company_id = %(company)s AND v.status = 'posted'
                 GROUP BY l.account_id, l.period_id, l.dimension_set_id, l.currency),
            kept AS (SELECT * FROM ledger_accountbalance WHERE company_id = %(company)s)
            SELECT a.code AS account, {_PERIOD} AS period, d.key AS dimensions,
                   k.debit AS kept_debit, k.credit AS kept_credit,
                   k.quantity_debit - k.quantity_credit AS kept_quantity,
                   l.debit, l.credit, l.quantity_debit - l.quantity_credit AS quantity
              FROM lines l
              FULL JOIN kept k USING (account_id, period_id, dimension_set_id, currency)
              LEFT JOIN ledger_account a ON a.id = account_id
              LEFT JOIN ledger_period p ON p.id = period_id
              LEFT JOIN ledger_dimensionset d ON d.id = dimension_set_id
             WHERE (coalesce(l.debit, 0), coalesce(l.credit, 0), coalesce(l.original_debit, 0),
                    coalesce(l.original_credit, 0), coalesce(l.quantity_debit, 0), coalesce(l.quantity_credit, 0))
                <> (coalesce(k.debit, 0), coalesce(k.credit, 0), coalesce(k.original_debit, 0),
                    coalesce(k.original_credit, 0), coalesce(k.quantity_debit, 0), coalesce(k.quantity_credit, 0))
             ORDER BY p.start, a.code, d.key""",
        {"company": company.pk},
    )


def events(company: Company) -> Iterator[str]:
    parameters = {"company": company.pk}
    yield from sentences(
        _("Event %(event)s of %(document)s is %(state)s, but its voucher is %(voucher)s (%(status)s)."),
        """SELECT e.id AS event, e.document_no AS document, e.state, e.voucher_id AS voucher, v.status
             FROM ledger_businessevent e
             LEFT JOIN ledger_voucher v ON v.id = e.voucher_id AND v.company_id = e.company_id
            WHERE e.company_id = %(company)s
              AND CASE WHEN e.state = 'posted' THEN v.id IS NULL OR v.status = 'void' OR v.kind <> 'generated'
                            OR v.rule_id IS DISTINCT FROM e.rule_id
                       ELSE e.voucher_id IS NOT NULL END
            ORDER BY e.id""",
        parameters,
    )
    yield from sentences(
        _("Event %(event)s of %(document)s is %(state)s without a reason."),
        """SELECT id AS event, document_no AS document, state FROM ledger_businessevent
            WHERE company_id = %(company)s AND state IN ('failed', 'settled') AND reason_code = '' ORDER BY id""",
        parameters,
    )
    yield from sentences(
        _("Voucher %(voucher)s was generated from %(attachments)s events, but %(events)s events name it."),
        f"""SELECT {_VOUCHER} AS voucher, v.attachments, count(e.id) AS events
              FROM ledger_voucher v
              JOIN ledger_period p ON p.id = v.period_id
              LEFT JOIN ledger_businessevent e ON e.company_id = v.company_id AND e.voucher_id = v.id
             WHERE v.company_id = %(company)s AND v.kind = 'generated'
             GROUP BY v.id, p.id HAVING count(e.id) = 0 OR count(e.id) <> v.attachments
             ORDER BY p.start, v.word, v.number""",
        parameters,
    )
    yield from sentences(
        _("Document line %(source)s stands in voucher %(voucher)s, but in none of its events."),
        f"""SELECT s.source, {_VOUCHER} AS voucher
              FROM (SELECT DISTINCT l.voucher_id, source
                      FROM ledger_voucherline l CROSS JOIN LATERAL unnest(l.source_lines) AS source
                     WHERE l.company_id = %(company)s) s
              JOIN ledger_voucher v ON v.id = s.voucher_id AND v.kind = 'generated'
              JOIN ledger_period p ON p.id = v.period_id
              LEFT JOIN (SELECT DISTINCT e.voucher_id, (line ->> 'id')::bigint AS source
                           FROM ledger_businessevent e
                          CROSS JOIN LATERAL jsonb_array_elements(e.payload -> 'lines') AS line
                          WHERE e.company_id = %(company)s AND e.state = 'posted') known
                ON known.voucher_id = s.voucher_id AND known.source = s.source
             WHERE known.source IS NULL
             ORDER BY p.start, v.word, v.number, s.source""",
        parameters,
    )


def numbers(company: Company) -> Iterator[str]:
    parameters = {"company": company.pk}
    yield from sentences(
        _(
            "Word %(word)s, %(period)s: %(used)s numbers used and %(free)s free, from %(first)s to %(last)s; "
            "the counter stands at %(counter)s."
        ),
        f"""WITH given AS (
                SELECT period_id, word, number, 1 AS used, 0 AS free FROM ledger_voucher WHERE company_id = %(company)s
                UNION ALL
                SELECT period_id, word, number, 0, 1 FROM ledger_freevouchernumber WHERE company_id = %(company)s),
            sums AS (
                SELECT period_id, word, sum(used) AS used, sum(free) AS free, min(number) AS first,
                       max(number) AS last, count(DISTINCT number) AS numbers
                  FROM given GROUP BY period_id, word)
            SELECT s.word, {_PERIOD} AS period, s.used, s.free, s.first, s.last, c.last AS counter
              FROM sums s
              JOIN ledger_period p ON p.id = s.period_id
              LEFT JOIN core_numbercounter c
                ON c.company_id = %(company)s AND c.scope = 'voucher' AND c.key = s.period_id || ':' || s.word
             WHERE s.first <> 1 OR s.numbers <> s.last OR s.used + s.free <> s.last OR c.last IS DISTINCT FROM s.last
             ORDER BY p.start, s.word""",
        parameters,
    )
    yield from sentences(
        _("Voucher %(voucher)s is dated %(date)s, outside its period."),
        f"""SELECT {_VOUCHER} AS voucher, v.date
              FROM ledger_voucher v JOIN ledger_period p ON p.id = v.period_id
             WHERE v.company_id = %(company)s
               AND (p.company_id <> v.company_id OR v.date NOT BETWEEN p.start AND p."end")
             ORDER BY p.start, v.word, v.number""",
        parameters,
    )


def accounts(company: Company) -> Iterator[str]:
    parameters = {"company": company.pk}
    yield from sentences(
        _("Account %(account)s has lines or an opening balance, but is no leaf account of this company."),
        """SELECT DISTINCT coalesce(a.code, l.account_id::text) AS account
              FROM (SELECT DISTINCT account_id FROM ledger_voucherline WHERE company_id = %(company)s
                    UNION SELECT account_id FROM ledger_openingbalance WHERE company_id = %(company)s) l
              LEFT JOIN ledger_account a ON a.id = l.account_id AND a.company_id = %(company)s
             WHERE a.id IS NULL OR NOT a.is_leaf ORDER BY 1""",
        parameters,
    )
    yield from sentences(
        _(
            "Account %(account)s requires the dimension “%(dimension)s”; lines with dimensions [%(dimensions)s] "
            "lack it."
        ),
        """SELECT a.code AS account, t.code AS dimension, s.key AS dimensions
              FROM (SELECT account_id, dimension_set_id FROM ledger_accountbalance WHERE company_id = %(company)s
                    UNION
                    SELECT account_id, dimension_set_id FROM ledger_openingbalance WHERE company_id = %(company)s) l
              JOIN ledger_account a ON a.id = l.account_id
              JOIN ledger_accountdimension d
                ON d.company_id = %(company)s AND d.account_id = l.account_id AND d.is_required
              JOIN ledger_dimensiontype t ON t.id = d.dimension_type_id
              LEFT JOIN ledger_dimensionset s ON s.id = l.dimension_set_id AND s.company_id = %(company)s
              LEFT JOIN ledger_dimensionsetitem i
                ON i.company_id = %(company)s AND i.dimension_set_id = l.dimension_set_id
               AND i.dimension_type_id = d.dimension_type_id
             WHERE i.id IS NULL
             ORDER BY a.code, t.code, s.key""",
        parameters,
    )


def periods(company: Company) -> Iterator[str]:
    parameters = {"company": company.pk}
    yield from sentences(
        _("Period %(period)s (%(start)s to %(end)s) does not follow the one before it."),
        f"""SELECT {_PERIOD} AS period, p.start, p."end"
              FROM (SELECT *, lag("end") OVER (ORDER BY start) AS before FROM ledger_period
                     WHERE company_id = %(company)s) p
             WHERE p.start <> make_date(p.year, p.number, 1)
                OR p."end" <> (p.start + interval '1 month' - interval '1 day')::date
                OR p.before + 1 <> p.start
             ORDER BY p.start""",
        parameters,
    )
    yield from sentences(
        _("Period %(period)s is closed, but period %(open)s before it is open."),
        f"""SELECT {_PERIOD} AS period, o.year || '-' || lpad(o.number::text, 2, '0') AS open
              FROM ledger_period p
              JOIN LATERAL (SELECT * FROM ledger_period o
                             WHERE o.company_id = p.company_id AND o.start < p.start AND o.status <> 'closed'
                             ORDER BY o.start LIMIT 1) o ON true
             WHERE p.company_id = %(company)s AND p.status = 'closed' ORDER BY p.start""",
        parameters,
    )
    yield from sentences(
        _("Voucher %(voucher)s (%(status)s) came into its period after that was closed."),
        f"""SELECT {_VOUCHER} AS voucher, v.status
              FROM ledger_voucher v JOIN ledger_period p ON p.id = v.period_id
             WHERE v.company_id = %(company)s AND p.status = 'closed' AND v.status <> 'void'
               AND (v.status <> 'posted' OR v.posted_at > p.closed_at)
             ORDER BY p.start, v.word, v.number""",
        parameters,
    )
