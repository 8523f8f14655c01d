"""The database's own rules for vouchers: statement-level triggers with transition tables.

Each raises SQLSTATE 23514 with the name of the rule as constraint name, which ``refusals.py`` turns into a
sentence. They hold for every client of the database, not only for this program.
"""

import pgtrigger

# A function's plans are kept for the session. One made while the tables were small, or for a large batch, would
# read all lines for a single voucher later; so the plans are made to go from the changed rows through the indexes.
_PLANNER = ("enable_seqscan", "enable_mergejoin")


def _statement(
    name: str, operation: pgtrigger.core.Operation, func: str, *, old: bool = False, new: bool = False
) -> pgtrigger.Trigger:
    names = {key: f"{key}_rows" for key, wanted in (("old", old), ("new", new)) if wanted}
    before = "".join(
        f"{name}_was := current_setting('{name}'); PERFORM set_config('{name}', 'off', true);\n" for name in _PLANNER
    )
    after = "".join(f"PERFORM set_config('{name}', {name}_was, true);\n" for name in _PLANNER)
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**names),
        declare=[("bad", "record"), *((f"{name}_was", "text") for name in _PLANNER)],
        func=f"{before}{func}\n{after}RETURN NULL;",
    )


def _refuse_truncate(name: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=f"RAISE EXCEPTION 'vouchers cannot be truncated' USING ERRCODE = '23514', CONSTRAINT = '{name}';",
    )


def _raise(message: str, rule: str, *values: str) -> str:
    arguments = "".join(f", {value}" for value in values)
    return f"RAISE EXCEPTION '{message}'{arguments} USING ERRCODE = '23514', CONSTRAINT = '{rule}';"


# A new voucher is a draft (or reviewed) of an open period that contains its date; posting comes later.
_VOUCHER_INSERTED = f"""
    SELECT n.id, n.word, n.number INTO bad FROM new_rows n WHERE n.status NOT IN ('draft', 'reviewed') LIMIT 1;
    IF FOUND THEN {_raise("voucher %-% must be saved before it is posted", "voucher_starts_as_draft", "bad.word", "bad.number")} END IF;
    SELECT n.word, n.number, n.date INTO bad FROM new_rows n LEFT JOIN ledger_period p
        ON p.id = n.period_id AND p.company_id = n.company_id AND n.date BETWEEN p.start AND p."end"
     WHERE p.id IS NULL LIMIT 1;
    IF FOUND THEN {_raise("voucher %-%: date % is not in its period", "voucher_date_in_period", "bad.word", "bad.number", "bad.date")} END IF;
    SELECT n.word, n.number INTO bad FROM new_rows n JOIN ledger_period p ON p.id = n.period_id
     WHERE p.status <> 'open' LIMIT 1;
    IF FOUND THEN {_raise("voucher %-%: its period is closed", "voucher_period_is_open", "bad.word", "bad.number")} END IF;
"""

# What is posted or void stays as it is; the rest moves only along draft → reviewed → posted or draft → void.
_VOUCHER_UPDATED = f"""
    SELECT o.word, o.number INTO bad FROM old_rows o WHERE o.status IN ('posted', 'void') LIMIT 1;
    IF FOUND THEN {_raise("voucher %-% is posted or void and never changes", "posted_voucher_never_changes", "bad.word", "bad.number")} END IF;
    -- Grouped, not joined: the planner takes the changed rows for few and would compare each with each.
    SELECT max(word) AS word, max(number) AS number INTO bad FROM (
        SELECT id, company_id, status AS was, NULL AS becomes, NULL AS word, NULL AS number FROM old_rows
        UNION ALL SELECT id, company_id, NULL, status, word, number FROM new_rows) c
     GROUP BY id HAVING (max(becomes) = 'posted' AND max(was) <> 'reviewed') OR (max(becomes) = 'void' AND max(was) <> 'draft')
        OR min(company_id) <> max(company_id) LIMIT 1;
    IF FOUND THEN {_raise("voucher %-%: review before posting, void only drafts", "voucher_status_order", "bad.word", "bad.number")} END IF;
    SELECT n.word, n.number, n.date INTO bad FROM new_rows n LEFT JOIN ledger_period p
        ON p.id = n.period_id AND p.company_id = n.company_id AND n.date BETWEEN p.start AND p."end"
     WHERE p.id IS NULL LIMIT 1;
    IF FOUND THEN {_raise("voucher %-%: date % is not in its period", "voucher_date_in_period", "bad.word", "bad.number", "bad.date")} END IF;

    IF EXISTS (SELECT 1 FROM new_rows WHERE status = 'posted') THEN
        -- A period that is being closed at this moment waits for us, or we for it.
        PERFORM 1 FROM ledger_period WHERE id IN (SELECT period_id FROM new_rows WHERE status = 'posted')
          ORDER BY id FOR SHARE;
        SELECT n.word, n.number INTO bad FROM new_rows n JOIN ledger_period p ON p.id = n.period_id
         WHERE n.status = 'posted' AND p.status <> 'open' LIMIT 1;
        IF FOUND THEN {_raise("voucher %-%: its period is closed", "voucher_period_is_open", "bad.word", "bad.number")} END IF;

        -- The lines are read once: to check vouchers, accounts and dimensions, and to sum the turnover. Turnover is
        -- written sorted, so that two postings never wait for each other in a circle.
        WITH lines AS MATERIALIZED (
            SELECT l.* FROM new_rows v JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
             WHERE v.status = 'posted'),
        whole AS (
            SELECT voucher_id FROM (
                SELECT id AS voucher_id, period_id, 0 AS line, 0 AS debit, 0 AS credit FROM new_rows WHERE status = 'posted'
                UNION ALL SELECT voucher_id, period_id, 1, debit, credit FROM lines) parts
             GROUP BY voucher_id
            HAVING sum(line) < 2 OR sum(debit) <> sum(credit) OR min(period_id) <> max(period_id) LIMIT 1),
        turnover AS MATERIALIZED (
            SELECT company_id, account_id, period_id, dimension_set_id, currency, sum(debit) AS debit, sum(credit) AS credit,
                   sum(CASE WHEN debit <> 0 THEN coalesce(original_amount, debit) ELSE 0 END) AS original_debit,
                   sum(CASE WHEN credit <> 0 THEN coalesce(original_amount, credit) ELSE 0 END) AS original_credit,
                   sum(CASE WHEN credit = 0 THEN quantity END) AS quantity_debit,
                   sum(CASE WHEN credit <> 0 THEN quantity END) AS quantity_credit, count(*) AS line_count
              FROM lines GROUP BY company_id, account_id, period_id, dimension_set_id, currency),
        pairs AS MATERIALIZED (SELECT DISTINCT company_id, account_id, dimension_set_id FROM turnover),
        wrong AS (
            (SELECT 'voucher_is_balanced' AS rule, n.word || '-' || n.number AS what, '' AS detail
               FROM whole w JOIN new_rows n ON n.id = w.voucher_id LIMIT 1)
            UNION ALL
            (SELECT 'posting_to_leaf_accounts', coalesce(a.code, p.account_id::text), ''
               FROM pairs p LEFT JOIN ledger_account a ON a.id = p.account_id AND a.company_id = p.company_id
              WHERE a.id IS NULL OR NOT a.is_leaf LIMIT 1)
            UNION ALL
            (SELECT 'required_dimensions_given', a.code, t.code
               FROM pairs p
               JOIN ledger_accountdimension d ON d.account_id = p.account_id AND d.is_required
               JOIN ledger_account a ON a.id = p.account_id
               JOIN ledger_dimensiontype t ON t.id = d.dimension_type_id
               LEFT JOIN ledger_dimensionsetitem i ON i.company_id = p.company_id
                    AND i.dimension_set_id = p.dimension_set_id AND i.dimension_type_id = d.dimension_type_id
              WHERE i.id IS NULL LIMIT 1)),
        written AS (
            INSERT INTO ledger_accountbalance AS b (company_id, account_id, period_id, dimension_set_id, currency,
                   debit, credit, original_debit, original_credit, quantity_debit, quantity_credit, line_count)
            SELECT company_id, account_id, period_id, dimension_set_id, currency, debit, credit, original_debit,
                   original_credit, coalesce(quantity_debit, 0), coalesce(quantity_credit, 0), line_count
              FROM turnover ORDER BY company_id, account_id, period_id, dimension_set_id, currency
            ON CONFLICT (company_id, account_id, period_id, dimension_set_id, currency) DO UPDATE
               SET debit = b.debit + EXCLUDED.debit, credit = b.credit + EXCLUDED.credit,
                   original_debit = b.original_debit + EXCLUDED.original_debit,
                   original_credit = b.original_credit + EXCLUDED.original_credit,
                   quantity_debit = b.quantity_debit + EXCLUDED.quantity_debit,
                   quantity_credit = b.quantity_credit + EXCLUDED.quantity_credit,
                   line_count = b.line_count + EXCLUDED.line_count)
        SELECT rule, what, detail INTO bad FROM wrong LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION '%: % %', bad.rule, bad.what, bad.detail USING ERRCODE = '23514', CONSTRAINT = bad.rule;
        END IF;
        -- What is posted waits here to be hashed and chained.
        INSERT INTO ledger_voucherseal (company_id, voucher_id)
        SELECT company_id, id FROM new_rows WHERE status = 'posted';
    END IF;
"""

_VOUCHER_DELETED = f"""
    SELECT o.word, o.number INTO bad FROM old_rows o WHERE o.status IN ('posted', 'void') LIMIT 1;
    IF FOUND THEN {_raise("voucher %-% is posted or void and cannot be deleted", "posted_voucher_never_changes", "bad.word", "bad.number")} END IF;
    SELECT o.word, o.number INTO bad FROM old_rows o
     WHERE EXISTS (SELECT 1 FROM ledger_voucherline l WHERE l.company_id = o.company_id AND l.voucher_id = o.id) LIMIT 1;
    IF FOUND THEN {_raise("voucher %-% still has lines", "lines_go_with_their_voucher", "bad.word", "bad.number")} END IF;
"""

VOUCHER = [
    _statement("voucher_inserted", pgtrigger.Insert, _VOUCHER_INSERTED, new=True),
    _statement("voucher_updated", pgtrigger.Update, _VOUCHER_UPDATED, old=True, new=True),
    _statement("voucher_deleted", pgtrigger.Delete, _VOUCHER_DELETED, old=True),
    _refuse_truncate("voucher_never_truncated"),
]


def _lines_stay_true(rows: str, changes: str) -> str:
    """Lines of posted vouchers stay, and what the statement adds to a voucher (less what it takes) balances.

    Every statement balances by itself, so every voucher does: the lines already there need not be read again.
    """
    return f"""
    SELECT v.word, v.number INTO bad FROM (SELECT DISTINCT voucher_id FROM {rows}) t
      JOIN ledger_voucher v ON v.id = t.voucher_id WHERE v.status IN ('posted', 'void') LIMIT 1;
    IF FOUND THEN {_raise("lines of voucher %-% never change: it is posted or void", "posted_line_never_changes", "bad.word", "bad.number")} END IF;
    SELECT s.voucher_id, s.debit, s.credit INTO bad FROM (
        SELECT c.voucher_id, sum(c.debit) AS debit, sum(c.credit) AS credit FROM ({changes}) c
         GROUP BY c.voucher_id HAVING sum(c.debit) <> sum(c.credit)) s LIMIT 1;
    IF FOUND THEN {_raise("voucher % does not balance: debit %, credit %", "voucher_is_balanced", "bad.voucher_id", "bad.debit", "bad.credit")} END IF;
    """


_ADDED = "SELECT voucher_id, debit, credit FROM new_rows"
_TAKEN = "SELECT voucher_id, -debit AS debit, -credit AS credit FROM old_rows"

_NEW_LINES_FIT = f"""
    SELECT t.voucher_id INTO bad FROM (SELECT DISTINCT company_id, voucher_id, period_id FROM new_rows) t
      LEFT JOIN ledger_voucher v ON v.id = t.voucher_id AND v.company_id = t.company_id AND v.period_id = t.period_id
     WHERE v.id IS NULL LIMIT 1;
    IF FOUND THEN {_raise("lines name voucher %, which is not of their company and period", "line_fits_its_voucher", "bad.voucher_id")} END IF;
    SELECT t.account_id INTO bad FROM (SELECT DISTINCT company_id, account_id FROM new_rows) t
      LEFT JOIN ledger_account a ON a.id = t.account_id AND a.company_id = t.company_id
     WHERE a.id IS NULL OR NOT a.is_leaf LIMIT 1;
    IF FOUND THEN {_raise("account % takes no postings: it has sub-accounts or is of another company", "posting_to_leaf_accounts", "bad.account_id")} END IF;
    SELECT t.dimension_set_id INTO bad FROM (SELECT DISTINCT company_id, dimension_set_id FROM new_rows) t
      LEFT JOIN ledger_dimensionset d ON d.id = t.dimension_set_id AND d.company_id = t.company_id
     WHERE d.id IS NULL LIMIT 1;
    IF FOUND THEN {_raise("dimension set % does not exist in this company", "line_dimensions_exist", "bad.dimension_set_id")} END IF;
"""

VOUCHER_LINE = [
    _statement("lines_inserted", pgtrigger.Insert, _NEW_LINES_FIT + _lines_stay_true("new_rows", _ADDED), new=True),
    _statement(
        "lines_updated",
        pgtrigger.Update,
        _NEW_LINES_FIT
        + _lines_stay_true("old_rows", f"{_ADDED} UNION ALL {_TAKEN}")
        + _lines_stay_true("new_rows", f"{_ADDED} UNION ALL {_TAKEN}"),
        old=True,
        new=True,
    ),
    _statement("lines_deleted", pgtrigger.Delete, _lines_stay_true("old_rows", _TAKEN), old=True),
    _refuse_truncate("line_never_truncated"),
]
