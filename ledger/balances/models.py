"""Turnover per period, account, dimension set and currency: what every balance is summed from.

Only the posting of vouchers writes it (a trigger of ``Voucher``); a direct write is refused. A back-dated posting
touches one row, and a trial balance reads O(accounts × sets × periods) rows, never the lines.
"""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import AmountField, QuantityField
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionSet
from ledger.periods.models import Period


class AccountBalance(models.Model):
    """Turnover (发生额) in base and original currency and quantity; debit and credit keep their red amounts.

    ``line_count`` says how many posted lines made it, so that a book finds its pages without counting lines.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    dimension_set = models.ForeignKey(DimensionSet, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    debit = AmountField(default=0)
    credit = AmountField(default=0)
    original_debit = AmountField(default=0)
    original_credit = AmountField(default=0)
    quantity_debit = QuantityField(default=0)
    quantity_credit = QuantityField(default=0)
    line_count = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "account", "period", "dimension_set", "currency"], name="one_turnover_row"
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="turnover_only_by_posting",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate,
                func="""
                    IF pg_trigger_depth() < 2 THEN
                        RAISE EXCEPTION 'turnover is written by posting vouchers only'
                            USING ERRCODE = '23514', CONSTRAINT = 'turnover_only_by_posting';
                    END IF;
                    RETURN NULL;
                """,
            )
        ]


class OpeningBalance(models.Model):
    """What an account held when the company began here, by dimension set and currency.

    ``debit``/``credit`` is the balance on its side, ``original_*`` the same in the line's currency. A mid-year start
    also gives the turnover of the year's months before (``year_*``, base currency), and for accounts of profit and
    loss what they really earned or cost (``year_profit``, debit less credit without transfers: 损益实际发生额).
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    dimension_set = models.ForeignKey(DimensionSet, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(_("currency"), max_length=3)
    debit = AmountField(_("debit"), default=0)
    credit = AmountField(_("credit"), default=0)
    quantity = QuantityField(_("quantity"), default=0)
    original_debit = AmountField(_("debit in original currency"), default=0, db_default=0)
    original_credit = AmountField(_("credit in original currency"), default=0, db_default=0)
    year_debit = AmountField(_("debit of the year so far"), default=0, db_default=0)
    year_credit = AmountField(_("credit of the year so far"), default=0, db_default=0)
    year_quantity_debit = QuantityField(_("quantity in of the year so far"), default=0, db_default=0)
    year_quantity_credit = QuantityField(_("quantity out of the year so far"), default=0, db_default=0)
    year_profit = AmountField(_("actual profit and loss of the year so far"), default=0, db_default=0)

    class Meta:
        verbose_name = _("opening balance")
        verbose_name_plural = _("opening balances")
        constraints = [
            models.UniqueConstraint(fields=["company", "account", "dimension_set", "currency"], name="one_opening_row")
        ]
        triggers = [
            pgtrigger.Trigger(
                name="opening_before_first_close",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (SELECT 1 FROM ledger_period
                                WHERE company_id = COALESCE(NEW.company_id, OLD.company_id) AND status = 'closed') THEN
                        RAISE EXCEPTION 'opening balances cannot change after a period was closed'
                            USING ERRCODE = '23514', CONSTRAINT = 'opening_before_first_close';
                    END IF;
                    RETURN COALESCE(NEW, OLD);
                """,
            )
        ]
