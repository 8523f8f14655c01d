"""Import profiles: how an outside file becomes documents without code.

A profile names a target (what the rows become; registered by the app that owns it), maps columns to the target's
fields, translates values, and derives further fields by rules with conditions (first match per field wins).
``ImportRun`` records one reading of one file; ``ImportedDocument`` makes a second reading find what is already
there; ``ImportRowIssue`` lists each row that ended in no document, with its reason.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from erp.core.jobs.models import Job


class Operator(models.TextChoices):
    EQ = "eq", _("equals")
    NE = "ne", _("does not equal")
    IN = "in", _("is one of (comma separated)")
    NOT_IN = "not_in", _("is none of (comma separated)")
    STARTS = "starts", _("starts with")
    NOT_STARTS = "not_starts", _("does not start with")
    CONTAINS = "contains", _("contains")
    GT = "gt", _("is greater than")
    GE = "ge", _("is at least")
    LT = "lt", _("is less than")
    LE = "le", _("is at most")
    EMPTY = "empty", _("is empty")
    NOT_EMPTY = "not_empty", _("is not empty")


class Normalise(models.TextChoices):
    NONE = "", _("as it stands (trimmed)")
    UPPER = "upper", _("upper case")
    LOWER = "lower", _("lower case")


@tracked()
class ImportProfile(models.Model):
    """How files of one source are read. ``options`` are the target's own settings (checked by the target)."""

    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="import_profiles", verbose_name=_("company")
    )
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    target = models.CharField(_("target"), max_length=60, help_text=_("What the rows of the file become."))
    sheet = models.CharField(_("sheet"), max_length=60, blank=True, help_text=_("Empty: the first sheet."))
    options = models.JSONField(_("options"), default=dict, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("import profile")
        verbose_name_plural = _("import profiles")
        ordering = ["company", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_import_profile_per_code")]

    def __str__(self) -> str:
        return self.name


@tracked()
class FieldMapping(models.Model):
    """Column of the file → field of the target."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", editable=False)
    profile = models.ForeignKey(ImportProfile, on_delete=models.CASCADE, related_name="fields")
    column = models.CharField(_("column of the file"), max_length=120)
    field = models.CharField(_("field"), max_length=60)
    normalise = models.CharField(_("normalise"), max_length=8, choices=Normalise, blank=True)
    default = models.CharField(_("value when empty"), max_length=120, blank=True)
    is_required = models.BooleanField(_("required"), default=True)

    class Meta:
        verbose_name = _("field mapping")
        verbose_name_plural = _("field mappings")
        constraints = [models.UniqueConstraint(fields=["company", "profile", "field"], name="one_column_per_field")]

    def __str__(self) -> str:
        return f"{self.column} → {self.field}"


@tracked()
class ValueMapping(models.Model):
    """A value of the outside system → ours, for one field."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", editable=False)
    profile = models.ForeignKey(ImportProfile, on_delete=models.CASCADE, related_name="values")
    field = models.CharField(_("field"), max_length=60)
    source = models.CharField(_("value in the file"), max_length=120)
    target = models.CharField(_("our value"), max_length=120)

    class Meta:
        verbose_name = _("value mapping")
        verbose_name_plural = _("value mappings")
        constraints = [
            models.UniqueConstraint(fields=["company", "profile", "field", "source"], name="one_target_per_value")
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.source} → {self.target}"


@tracked()
class ImportRule(models.Model):
    """Sets a field when all its conditions hold. Rules run in order; the first match for a field wins."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", editable=False)
    profile = models.ForeignKey(ImportProfile, on_delete=models.CASCADE, related_name="rules")
    sequence = models.PositiveIntegerField(_("order"))
    field = models.CharField(_("sets field"), max_length=60)
    value = models.CharField(_("to value"), max_length=200)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("import rule")
        verbose_name_plural = _("import rules")
        ordering = ["profile", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["company", "profile", "sequence"], name="one_import_rule_per_place")
        ]

    def __str__(self) -> str:
        return f"{self.sequence}. {self.field} = {self.value}"


@tracked()
class ImportCondition(models.Model):
    """One condition of an import rule: a field compared with a value."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", editable=False)
    rule = models.ForeignKey(ImportRule, on_delete=models.CASCADE, related_name="conditions")
    field = models.CharField(_("field"), max_length=60)
    operator = models.CharField(_("operator"), max_length=12, choices=Operator)
    value = models.CharField(_("value"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("import condition")
        verbose_name_plural = _("import conditions")

    def __str__(self) -> str:
        return f"{self.field} {self.get_operator_display()} {self.value}"


class ImportRun(models.Model):
    """One reading of one file with one profile. ``summary`` counts rows, documents, refusals."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="import_runs")
    profile = models.ForeignKey(ImportProfile, on_delete=models.PROTECT, related_name="runs")
    job = models.OneToOneField(Job, on_delete=models.SET_NULL, null=True, related_name="import_run")
    file = models.FileField(upload_to="imports/%Y/%m/", blank=True)
    file_name = models.CharField(_("file"), max_length=200)
    file_sha256 = models.CharField(max_length=64)
    is_dry_run = models.BooleanField(default=True)
    summary = models.JSONField(default=dict)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import run")
        verbose_name_plural = _("import runs")
        ordering = ["-id"]
        indexes = [models.Index(fields=["company", "-id"], name="import_run_of_company")]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.pk})"


class ImportedDocument(models.Model):
    """An outside document that is here already: its number in that source, and what it became."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    profile = models.ForeignKey(ImportProfile, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="documents")
    external_no = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    document_type = models.CharField(max_length=40)
    document_id = models.BigIntegerField()
    row_count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "profile", "external_no", "kind"], name="imported_only_once")
        ]

    def __str__(self) -> str:
        return f"{self.external_no} ({self.kind})"


class ImportRowIssue(models.Model):
    """A row that ended in no document: refused (must be mended) or left out (for a stated reason)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="issues")
    row_no = models.PositiveIntegerField(_("row"))
    field = models.CharField(_("field"), max_length=60, blank=True)
    code = models.CharField(max_length=60)
    message = models.CharField(_("reason"), max_length=400)
    is_refusal = models.BooleanField(default=True)
    cells = models.JSONField(default=list)

    class Meta:
        ordering = ["row_no", "id"]
        indexes = [models.Index(fields=["company", "run", "row_no"], name="issues_of_import_run")]

    def __str__(self) -> str:
        return f"{self.row_no}: {self.message}"
