"""Company (账套): the tenant. Every table that holds company data carries its id."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked


class Standard(models.TextChoices):
    SMALL = "small", _("Accounting standards for small businesses")
    ENTERPRISE = "enterprise", _("Accounting standards for business enterprises")


class Taxpayer(models.TextChoices):
    GENERAL = "general", _("General VAT taxpayer")
    SMALL_SCALE = "small_scale", _("Small-scale VAT taxpayer")


class VoucherWords(models.TextChoices):
    ONE = "one", _("One word: 记")
    THREE = "three", _("Three words: 收, 付, 转")


class GrniPolicy(models.TextChoices):
    REVERSE_ON_INVOICE = "reverse_on_invoice", _("Reverse the estimate when the invoice arrives")
    MONTHLY_REVERSAL = "monthly_reversal", _("Reverse all estimates at the start of the month")
    DIFFERENCE_ONLY = "difference_only", _("Post only the difference")


class DeliveryPolicy(models.TextChoices):
    COGS_AT_DELIVERY = "cogs_at_delivery", _("Cost of sales at delivery")
    DEFERRED_UNTIL_INVOICE = "deferred_until_invoice", _("Delivered goods until invoicing")


class RevenuePolicy(models.TextChoices):
    AT_INVOICE = "at_invoice", _("Revenue at invoice")
    AT_DELIVERY = "at_delivery", _("Revenue at delivery")


class PurchaseVariancePolicy(models.TextChoices):
    STOCK_THEN_COGS = "stock_then_cogs", _("Stock on hand first, then cost of sales")
    ALL_TO_COGS = "all_to_cogs", _("All to cost of sales")


class PurchaseFreightPolicy(models.TextChoices):
    EXPENSE = "expense", _("Selling expense")
    STOCK = "stock", _("Cost of stock")


class PurchaseReturnVat(models.TextChoices):
    RED_INPUT = "red_input", _("Red input VAT")
    TRANSFER_OUT = "transfer_out", _("Input VAT transferred out")


class CostPool(models.TextChoices):
    WAREHOUSE = "warehouse", _("One cost per item and warehouse")
    COMPANY = "company", _("One cost per item in the company")


@tracked(deletes=False)
class Company(models.Model):
    """A set of books: its standard, currency, first period and the policies of its posting rules."""

    code = models.CharField(
        _("code"),
        max_length=20,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9_-]*$", _("Use lower-case letters, digits, - and _."))],
    )
    name = models.CharField(_("name"), max_length=120)
    credit_code = models.CharField(
        _("unified social credit code"),
        max_length=18,
        blank=True,
        validators=[RegexValidator(r"^[0-9A-HJ-NPQRTUWXY]{18}$", _("18 digits and capital letters."))],
    )
    standard = models.CharField(_("accounting standard"), max_length=12, choices=Standard, default=Standard.SMALL)
    currency = models.CharField(_("base currency"), max_length=3, default="CNY")
    first_period = models.DateField(_("first period"), help_text=_("First day of the first month kept here."))
    taxpayer = models.CharField(_("taxpayer"), max_length=12, choices=Taxpayer, default=Taxpayer.GENERAL)
    voucher_words = models.CharField(_("voucher words"), max_length=8, choices=VoucherWords, default=VoucherWords.ONE)
    grni_policy = models.CharField(
        _("goods received, not invoiced"), max_length=24, choices=GrniPolicy, default=GrniPolicy.REVERSE_ON_INVOICE
    )
    delivery_policy = models.CharField(
        _("cost of sales"), max_length=24, choices=DeliveryPolicy, default=DeliveryPolicy.COGS_AT_DELIVERY
    )
    revenue_policy = models.CharField(
        _("revenue"), max_length=12, choices=RevenuePolicy, default=RevenuePolicy.AT_INVOICE
    )
    purchase_variance_policy = models.CharField(
        _("purchase variance"),
        max_length=16,
        choices=PurchaseVariancePolicy,
        default=PurchaseVariancePolicy.STOCK_THEN_COGS,
    )
    purchase_freight_policy = models.CharField(
        _("purchase freight"), max_length=8, choices=PurchaseFreightPolicy, default=PurchaseFreightPolicy.EXPENSE
    )
    purchase_return_vat = models.CharField(
        _("VAT of purchase returns"), max_length=12, choices=PurchaseReturnVat, default=PurchaseReturnVat.RED_INPUT
    )
    cost_pool = models.CharField(_("cost pool"), max_length=10, choices=CostPool, default=CostPool.WAREHOUSE)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.first_period and self.first_period.day != 1:
            raise ValidationError({"first_period": _("Give the first day of a month.")})

    def first_month(self) -> dt.date:
        return self.first_period.replace(day=1)
