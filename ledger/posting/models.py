"""The seam's tables: business events (the outbox), account keys and mappings, posting rules.

What accountants configure is data; what happened is an event; both meet in ``engine``. Versions and mappings that
have made voucher lines are never changed in place, so a line can always say why it is there.
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.vouchers.models import Voucher


class EventState(models.TextChoices):
    PENDING = "pending", _("Pending")
    POSTED = "posted", _("Posted")
    FAILED = "failed", _("Failed")
    SETTLED = "settled", _("Needs no voucher")


class BusinessEvent(models.Model):
    """One thing that happened in the business and must reach the ledger exactly once (transactional outbox).

    ``payload`` is ``{"facts": {name: value}, "lines": [{"id": document line, "facts": {...}, "measures": {...}}]}``:
    facts that name dimensions hold ids of ``DimensionValue``, others plain text; measures are decimal strings.
    ``state`` settled means a standing reason instead of a voucher (``reason_code``).
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    event_type = models.CharField(_("event"), max_length=40)
    source_type = models.CharField(_("document type"), max_length=40)
    source_id = models.BigIntegerField(_("document"))
    line_group = models.CharField(max_length=20, blank=True)
    generation = models.PositiveSmallIntegerField(default=1)
    business_date = models.DateField(_("business date"))
    document_no = models.CharField(_("document no."), max_length=60)
    party = models.CharField(_("party"), max_length=200, blank=True)
    payload = models.JSONField()
    state = models.CharField(_("state"), max_length=8, choices=EventState, default=EventState.PENDING)
    reason_code = models.CharField(max_length=60, blank=True)
    reason_facts = models.JSONField(default=dict)
    voucher = models.ForeignKey(
        Voucher, on_delete=models.PROTECT, null=True, related_name="events", db_index=False, db_constraint=False
    )
    rule = models.ForeignKey(
        "ledger.PostingRule", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    reversal_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(_("created"))
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("business event")
        verbose_name_plural = _("business events")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "source_type", "source_id", "event_type", "line_group", "generation"],
                name="one_event_per_source",
            ),
            models.CheckConstraint(
                condition=(models.Q(state="posted") & models.Q(voucher__isnull=False))
                | (~models.Q(state="posted") & models.Q(voucher__isnull=True)),
                name="posted_event_has_voucher",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["failed", "settled"]) | ~models.Q(reason_code=""),
                name="standing_event_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "id"], name="events_to_post", condition=models.Q(state="pending")),
            models.Index(fields=["company", "id"], name="events_failed", condition=models.Q(state="failed")),
            models.Index(
                fields=["company", "voucher"], name="events_of_voucher", condition=models.Q(voucher__isnull=False)
            ),
            models.Index(fields=["company", "business_date"], name="events_by_date"),
        ]
        triggers = [
            # An event has at most one voucher for ever: neither taken away nor exchanged.
            pgtrigger.Trigger(
                name="one_voucher_per_event",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
                func="""
                    IF EXISTS (SELECT 1 FROM old_rows o JOIN new_rows n ON n.id = o.id
                                WHERE o.state = 'posted' AND (n.state <> 'posted' OR n.voucher_id <> o.voucher_id)) THEN
                        RAISE EXCEPTION 'a posted event keeps its voucher'
                            USING ERRCODE = '23514', CONSTRAINT = 'one_voucher_per_event';
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Protect(name="events_are_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.document_no}"


class AccountKey(models.Model):
    """A role that an account plays in rules (``stock``, ``revenue`` …). ``selectors``: names that a mapping may
    test, most telling first; the order decides which of two matching mappings is the more specific."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    selectors = models.JSONField(_("selectors"), default=list, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("account key")
        verbose_name_plural = _("account keys")
        ordering = ["company", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_account_key_per_code")]

    def __str__(self) -> str:
        english = (translation.get_language() or "").startswith("en")
        return f"{self.code} · {(self.name_en or self.name) if english else self.name}"


@tracked()
class AccountMapping(models.Model):
    """Account key (+ selectors) → account. The most specific active mapping wins.

    ``selector_key`` is the canonical text of the selectors: two active mappings of a key cannot have the same.
    Once used it is not edited but replaced (``replaced_by``), so old lines still name what chose their account.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    key = models.ForeignKey(
        AccountKey, on_delete=models.PROTECT, related_name="mappings", verbose_name=_("account key")
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    selector_key = models.CharField(max_length=200, blank=True, editable=False)
    note = models.CharField(_("note"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    replaced_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("account mapping")
        verbose_name_plural = _("account mappings")
        ordering = ["company", "key", "selector_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "key", "selector_key"],
                condition=models.Q(is_active=True),
                name="one_active_mapping_per_selectors",
            )
        ]

    def __str__(self) -> str:
        return f"{self.key.code} → {self.account}"


class AccountMappingSelector(models.Model):
    """One condition of a mapping: a dimension has this value (or one below it), or a plain fact equals a text."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", editable=False)
    mapping = models.ForeignKey(AccountMapping, on_delete=models.CASCADE, related_name="selectors")
    name = models.CharField(_("selector"), max_length=40)
    value = models.ForeignKey(
        DimensionValue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("dimension value"),
    )
    text = models.CharField(_("text"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("selector")
        verbose_name_plural = _("selectors")
        constraints = [models.UniqueConstraint(fields=["company", "mapping", "name"], name="one_selector_per_name")]

    def __str__(self) -> str:
        return f"{self.name} = {self.value or self.text}"


class RuleState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    RETIRED = "retired", _("Retired")


class MergeMode(models.TextChoices):
    NONE = "none", _("A line per document line")
    DOCUMENT = "document", _("A voucher per document, like lines merged")
    DAY = "day", _("A voucher per day")
    DAY_PARTY = "day_party", _("A voucher per day and party")
    PERIOD_PARTY = "period_party", _("A voucher per period and party")


class RuleWord(models.TextChoices):
    TRANSFER = "转", _("转 (transfer)")
    RECEIPT = "收", _("收 (receipt)")
    PAYMENT = "付", _("付 (payment)")


class PostsTo(models.TextChoices):
    VOUCHER = "voucher", _("A voucher")
    OPENING = "opening", _("Opening balances")
    NOTHING = "nothing", _("Nothing (a standing reason)")


@tracked()
class PostingRule(models.Model):
    """One version of a rule. An event takes the first active rule (by priority) whose conditions hold.

    An active version is never edited: a change makes the next version (``rules.new_version``), which counts from
    its activation on. ``is_auto_reviewed`` lets its vouchers pass review by this approved preset
    (财会〔2024〕12号 art. 21); else a person reviews.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    code = models.SlugField(_("code"), max_length=60)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    event_type = models.CharField(_("event"), max_length=40)
    priority = models.PositiveSmallIntegerField(_("priority"), default=100, help_text=_("Lower comes first."))
    state = models.CharField(_("state"), max_length=8, choices=RuleState, default=RuleState.DRAFT)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    word = models.CharField(_("voucher word"), max_length=1, choices=RuleWord, default=RuleWord.TRANSFER)
    merge_mode = models.CharField(_("merge"), max_length=14, choices=MergeMode, default=MergeMode.DOCUMENT)
    posts_to = models.CharField(_("posts to"), max_length=8, choices=PostsTo, default=PostsTo.VOUCHER)
    summary = models.CharField(
        _("summary"),
        max_length=120,
        default="{event} {party} {document_no}",
        help_text=_("{event} {party} {document_no} {date}"),
    )
    is_auto_reviewed = models.BooleanField(_("reviewed automatically"), default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("author"),
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("approved by"),
    )
    activated_at = models.DateTimeField(_("activated"), null=True, editable=False)
    retired_at = models.DateTimeField(_("retired"), null=True, editable=False)

    class Meta:
        verbose_name = _("posting rule")
        verbose_name_plural = _("posting rules")
        ordering = ["company", "event_type", "priority", "code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["company", "code", "version"], name="one_rule_per_version"),
            models.UniqueConstraint(
                fields=["company", "code"], condition=models.Q(state="active"), name="one_active_version_per_rule"
            ),
        ]

    def __str__(self) -> str:
        english = (translation.get_language() or "").startswith("en")
        return f"{(self.name_en or self.name) if english else self.name} v{self.version}"


class LineSide(models.TextChoices):
    DEBIT = "debit", _("Debit")
    CREDIT = "credit", _("Credit")
    NATURAL = "natural", _("Credit, but expense accounts on debit")


@tracked()
class PostingRuleLine(models.Model):
    """One line of a rule: side, account (key or fixed), amount and quantity as expressions over the measures."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", editable=False)
    rule = models.ForeignKey(PostingRule, on_delete=models.CASCADE, related_name="lines")
    sequence = models.PositiveSmallIntegerField(_("order"))
    side = models.CharField(_("side"), max_length=8, choices=LineSide)
    key = models.ForeignKey(
        AccountKey, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("account key")
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("fixed account")
    )
    amount = models.CharField(_("amount"), max_length=120, help_text=_("Expression over the measures, e.g. net + tax"))
    quantity = models.CharField(_("quantity"), max_length=120, blank=True)
    optional_dimensions = models.CharField(
        _("optional dimensions"),
        max_length=120,
        blank=True,
        help_text=_("Codes, comma separated: taken where the account allows them. Required ones are always taken."),
    )
    summary = models.CharField(_("summary"), max_length=120, blank=True, help_text=_("Empty: the summary of the rule."))
    cash_flow_item = models.ForeignKey(
        "ledger.CashFlowItem",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cash-flow item"),
        help_text=_("Of the counter lines of cash. Empty: the default of the account."),
    )

    class Meta:
        verbose_name = _("rule line")
        verbose_name_plural = _("rule lines")
        ordering = ["rule", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["company", "rule", "sequence"], name="one_rule_line_per_place"),
            models.CheckConstraint(
                condition=models.Q(key__isnull=True, account__isnull=False)
                | models.Q(key__isnull=False, account__isnull=True),
                name="rule_line_names_key_or_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence}. {self.get_side_display()} {self.key or self.account} {self.amount}"


class ConditionOperator(models.TextChoices):
    EQ = "eq", _("equals")
    NE = "ne", _("does not equal")
    IN = "in", _("is one of (comma separated)")
    NOT_IN = "not_in", _("is none of (comma separated)")
    GT = "gt", _("is greater than")
    GE = "ge", _("is at least")
    LT = "lt", _("is less than")
    LE = "le", _("is at most")
    EMPTY = "empty", _("is empty")
    NOT_EMPTY = "not_empty", _("is not empty")


@tracked()
class PostingCondition(models.Model):
    """Filter of a rule (on the event's facts) or of one of its lines (on the document line's facts and measures).

    A dimension is compared by its code; a hierarchical one also by the codes above it.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", editable=False)
    rule = models.ForeignKey(PostingRule, on_delete=models.CASCADE, related_name="conditions")
    line = models.ForeignKey(
        PostingRuleLine,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="conditions",
        verbose_name=_("only for line"),
    )
    field = models.CharField(_("field"), max_length=40)
    operator = models.CharField(_("operator"), max_length=10, choices=ConditionOperator)
    value = models.CharField(_("value"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("filter")
        verbose_name_plural = _("filters")

    def __str__(self) -> str:
        return f"{self.field} {self.get_operator_display()} {self.value}"


__all__ = [
    "AccountKey",
    "AccountMapping",
    "AccountMappingSelector",
    "BusinessEvent",
    "DimensionType",
    "PostingCondition",
    "PostingRule",
    "PostingRuleLine",
]
