"""Books that exist already: how many lines made each turnover row, and every posted voucher in the seals' queue."""

from django.db import migrations

_FORWARD = """
ALTER TABLE ledger_accountbalance DISABLE TRIGGER USER;
UPDATE ledger_accountbalance b SET line_count = s.lines
  FROM (SELECT l.company_id, l.account_id, l.period_id, l.dimension_set_id, l.currency, count(*) AS lines
          FROM ledger_voucherline l
          JOIN ledger_voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id AND v.status = 'posted'
         GROUP BY l.company_id, l.account_id, l.period_id, l.dimension_set_id, l.currency) s
 WHERE b.company_id = s.company_id AND b.account_id = s.account_id AND b.period_id = s.period_id
   AND b.dimension_set_id = s.dimension_set_id AND b.currency = s.currency;
ALTER TABLE ledger_accountbalance ENABLE TRIGGER USER;
INSERT INTO ledger_voucherseal (company_id, voucher_id)
SELECT company_id, id FROM ledger_voucher WHERE status = 'posted'
ON CONFLICT DO NOTHING;
ALTER TABLE ledger_openingbalance DISABLE TRIGGER USER;
UPDATE ledger_openingbalance SET original_debit = debit, original_credit = credit;
ALTER TABLE ledger_openingbalance ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_complete_general_ledger")]
    operations = [migrations.RunSQL(_FORWARD, migrations.RunSQL.noop)]
