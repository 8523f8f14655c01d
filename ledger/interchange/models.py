"""Archive packages (会计档案): what was handed over, with the hash of its content and how long it must be kept."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company


class ArchivePackage(models.Model):
    """One zip of a year. ``keep_until`` NULL means for ever; the database refuses to delete one before its day."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("year"))
    file = models.FileField(_("file"), upload_to="archive/%Y/", max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(_("size"))
    manifest = models.JSONField()
    keep_until = models.DateField(_("keep until"), null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("archive package")
        verbose_name_plural = _("archive packages")
        ordering = ["company", "-year", "-made_at"]
        triggers = [
            pgtrigger.Trigger(
                name="archive_is_kept",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF OLD.keep_until IS NULL OR OLD.keep_until > current_date THEN
                        RAISE EXCEPTION 'the archive of % must be kept until %', OLD.year, OLD.keep_until
                            USING ERRCODE = '23514', CONSTRAINT = 'archive_is_kept';
                    END IF;
                    RETURN OLD;
                """,
            )
        ]
