"""Tables of the import of vouchers."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.imports.models import ImportRowIssue, ImportRun
from erp.core.imports.summary import state_of
from erp.core.web.templatetags.ui import badge

NUM = {"td": {"class": "num"}, "th": {"class": "num"}}


class RunTable(tables.Table):
    file_name = tables.Column()
    is_dry_run = tables.Column(verbose_name=gettext_lazy("Kind"))
    state = tables.Column(accessor="pk", verbose_name=gettext_lazy("State"), orderable=False)
    documents = tables.Column(
        accessor="summary__documents", verbose_name=gettext_lazy("Vouchers"), attrs=NUM, orderable=False, default="–"
    )
    refused = tables.Column(
        accessor="summary__documents_refused",
        verbose_name=gettext_lazy("Vouchers refused"),
        attrs=NUM,
        orderable=False,
        default="–",
    )
    started_by = tables.Column(verbose_name=gettext_lazy("Started by"))
    created_at = tables.DateTimeColumn(format="Y-m-d H:i")

    class Meta:
        model = ImportRun
        fields = ("file_name", "is_dry_run", "state", "documents", "refused", "started_by", "created_at")
        row_attrs = {"data-href": lambda record: reverse("imports_voucher_run", args=[record.pk])}
        empty_text = gettext_lazy("No file was imported yet")

    def render_is_dry_run(self, value: bool) -> str:
        return _("Check only") if value else _("Import")

    def render_state(self, record: ImportRun) -> Any:
        return badge(*state_of(record))


class IssueTable(tables.Table):
    row_no = tables.Column(attrs=NUM)
    field = tables.Column(verbose_name=gettext_lazy("Column"), default="–")
    message = tables.Column()

    class Meta:
        model = ImportRowIssue
        fields = ("row_no", "field", "message")
        empty_text = gettext_lazy("Nothing is wrong with the file")
