"""The style guide: every component with believable data, for authors of pages."""

import datetime as dt
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from erp.core.capitals import capitals
from erp.core.jobs.models import Job, JobState
from erp.core.web.lines import name_cells

NUM = {"td": {"class": "num"}, "th": {"class": "num"}}


class SampleTable(tables.Table):
    code = tables.Column(verbose_name=_("Code"))
    name = tables.Column(verbose_name=_("Name"))
    qty = tables.Column(verbose_name=_("Quantity"), attrs=NUM)
    value = tables.Column(verbose_name=_("Value"), attrs=NUM)

    class Meta:
        row_attrs = {"data-href": "#"}


class SampleFilter(forms.Form):
    text = forms.CharField(label=_("Code, name or pinyin"), required=False)
    status = forms.ChoiceField(label=_("State"), choices=[("", "–"), ("on", _("On hand"))], required=False)


class SampleLine(forms.Form):
    summary = forms.CharField(label=_("Summary"))
    account = forms.CharField(label=_("Account"))
    debit = forms.CharField(label=_("Debit"), required=False, widget=forms.TextInput({"class": "num"}))
    credit = forms.CharField(label=_("Credit"), required=False, widget=forms.TextInput({"class": "num"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_cells(self)


SampleLines = forms.formset_factory(SampleLine, extra=0, can_delete=True)


@login_required
def show(request: HttpRequest) -> HttpResponse:
    """Render the guide."""
    bound = SampleFilter({"status": "nonsense"})
    bound.is_valid()
    lines = [
        {"summary": "销售发票 杭州湖畔礼品店 XS202512-0007", "account": "1122 应收账款", "debit": "226.00"},
        {"summary": "销售发票 杭州湖畔礼品店 XS202512-0007", "account": "500101 商品销售收入", "credit": "200.00"},
        {"summary": "销售发票 杭州湖畔礼品店 XS202512-0007", "account": "22210107 销项税额", "credit": "26.00"},
    ]
    amounts = [{"debit": Decimal(0), "credit": Decimal(0)} | line for line in lines]
    for line in amounts:
        line.update({side: Decimal(line[side]) for side in ("debit", "credit")})
    voucher = {
        "word": "记",
        "number": 128,
        "date": dt.date(2025, 12, 6),
        "attachments": 1,
        "preparer_name": "王会计",
        "reviewer_name": "李审核",
        "poster_name": "李审核",
    }
    return render(
        request,
        "styleguide/show.html",
        {
            "table": SampleTable(
                [
                    {"code": "85123A", "name": "白色心形烛台", "qty": "1,280", "value": "3,264.00"},
                    {"code": "22423", "name": "三层蛋糕架", "qty": "96", "value": "733.44"},
                ]
            ),
            "form": SampleFilter(),
            "bound": bound,
            "formset": SampleLines(initial=lines),
            "voucher": voucher,
            "rows": amounts,
            "capitals": capitals(Decimal("226.00")),
            "total": Decimal("226.00"),
            "job": Job(
                pk=0, state=JobState.DONE, done=37, total=100, title="导入", message="已导入 860 张单据,共 2,338 张"
            ),
            "states": ["draft", "reviewed", "posted", "pending", "failed", "void"],
            "facts": [(_("Customer"), "杭州湖畔礼品店"), (_("Date"), "2025-12-06"), (_("Net amount"), "200.00")],
            "steps": [
                {"state": "done", "title": "XS202512-0007", "text": _("Confirmed"), "when": "2025-12-06 10:21"},
                {"state": "done", "title": "CK202512-0007", "text": _("Delivered"), "when": "2025-12-06 10:21"},
                {"state": "waiting", "title": "FP202512-0007", "badge": "pending", "badge_label": _("Pending")},
            ],
        },
    )
