"""Chart of accounts (会计科目). The code is the path (digits per level: the company's code scheme); only leaves take
postings."""

import pgtrigger
from django.core.validators import RegexValidator
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from erp.core.pinyin import search_key
from ledger.dimensions.models import DimensionType


class AccountClass(models.TextChoices):
    ASSET = "asset", _("Assets")
    LIABILITY = "liability", _("Liabilities")
    EQUITY = "equity", _("Equity")
    COST = "cost", _("Costs")
    INCOME = "income", _("Income")
    EXPENSE = "expense", _("Expenses")


class Direction(models.TextChoices):
    DEBIT = "debit", _("Debit")
    CREDIT = "credit", _("Credit")


class CashKind(models.TextChoices):
    NONE = "", _("not cash")
    CASH = "cash", _("cash on hand")
    BANK = "bank", _("bank")
    OTHER = "other_cash", _("other monetary funds")


@tracked()
class Account(models.Model):
    """One account. ``direction`` is the side on which its balance is shown; it never flips a sign in storage."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="accounts")
    code = models.CharField(_("code"), max_length=24, validators=[RegexValidator(r"^\d{4,24}$")])
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    level = models.PositiveSmallIntegerField(_("level"), default=1)
    account_class = models.CharField(_("class"), max_length=10, choices=AccountClass)
    direction = models.CharField(_("direction"), max_length=6, choices=Direction)
    cash_kind = models.CharField(_("cash kind"), max_length=10, choices=CashKind, blank=True)
    tracks_quantity = models.BooleanField(_("quantity accounting"), default=False)
    unit = models.CharField(_("unit of quantity"), max_length=20, blank=True, db_default="")
    currency = models.CharField(
        _("foreign currency"),
        max_length=3,
        blank=True,
        db_default="",
        help_text=_("Empty: base currency only. * : any. A code: that currency and no other."),
    )
    is_revalued = models.BooleanField(_("revalued at period end"), default=False, db_default=False)
    cash_flow_in = models.ForeignKey(
        "ledger.CashFlowItem",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cash-flow item of inflows"),
    )
    cash_flow_out = models.ForeignKey(
        "ledger.CashFlowItem",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cash-flow item of outflows"),
    )
    is_control = models.BooleanField(
        _("control account"), default=False, help_text=_("Only documents post here, not manual vouchers.")
    )
    is_leaf = models.BooleanField(_("leaf"), default=True)
    is_active = models.BooleanField(_("active"), default=True)
    search_key = models.CharField(max_length=400, blank=True, editable=False)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("chart of accounts")
        ordering = ["company", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_account_per_code")]
        triggers = [
            pgtrigger.Trigger(
                name="parent_is_no_leaf",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_rows"),
                declare=[("taken", "text")],
                func="""
                    SELECT a.code INTO taken FROM ledger_account a
                     WHERE a.id IN (SELECT parent_id FROM new_rows)
                       AND EXISTS (SELECT 1 FROM ledger_voucherline l
                                    WHERE l.company_id = a.company_id AND l.account_id = a.id) LIMIT 1;
                    IF taken IS NOT NULL THEN
                        RAISE EXCEPTION 'account % has lines and cannot become a parent', taken
                            USING ERRCODE = '23514', CONSTRAINT = 'parent_is_no_leaf';
                    END IF;
                    UPDATE ledger_account SET is_leaf = false
                     WHERE is_leaf AND id IN (SELECT parent_id FROM new_rows);
                    RETURN NULL;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.display_name}"

    @property
    def display_name(self) -> str:
        return (self.name_en or self.name) if (translation.get_language() or "").startswith("en") else self.name


def account_search_key(code: str, name: str, parent: Account | None) -> str:
    """What a look-up finds the account by: code, name and pinyin, of its own name and of its whole path.

    ``yhck`` and ``yhckjbckh`` both find 银行存款 – 基本存款户.
    """
    names = [name]
    while parent is not None:
        names.insert(0, parent.name)
        parent = parent.parent
    path = search_key("", "".join(names)) if len(names) > 1 else ""
    return " ".join(filter(None, [search_key(code, name), path]))[:400]


class AccountDimension(models.Model):
    """A dimension that lines of the account must (or may) carry."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="dimensions", db_index=False)
    dimension_type = models.ForeignKey(DimensionType, on_delete=models.PROTECT, related_name="+")
    is_required = models.BooleanField(_("required"), default=True)

    class Meta:
        verbose_name = _("dimension of account")
        verbose_name_plural = _("dimensions of account")
        constraints = [
            models.UniqueConstraint(fields=["company", "account", "dimension_type"], name="one_dimension_per_account")
        ]
        indexes = [models.Index(fields=["account"], name="dimensions_of_account")]

    def __str__(self) -> str:
        return str(self.dimension_type)
