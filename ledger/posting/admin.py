"""Posting rules in the admin: versions with lines and filters. Mappings and keys are in ``mapping_admin``."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.web.company_admin import CompanyInline, CompanyModelAdmin, ReadOnlyAdmin
from erp.core.web.views import allowed
from ledger.posting import rules
from ledger.posting.events import EVENT_TYPES
from ledger.posting.mapping_admin import AccountKeyAdmin, AccountMappingAdmin
from ledger.posting.models import BusinessEvent, PostingCondition, PostingRule, PostingRuleLine, RuleState
from ledger.posting.rule_files import install_documents, rule_document

VIEW, EDIT, APPROVE = "ledger.view_posting", "ledger.manage_posting_rule", "ledger.approve_posting_rule"


class Suggestions(forms.TextInput):
    """A text box that suggests words but takes others."""

    def __init__(self, words: Iterable[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = list(words)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        box = super().render(name, value, {**(attrs or {}), "list": f"words-{name}"}, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((word,) for word in self.words))
        return box + format_html_join("", '<datalist id="words-{}">{}</datalist>', [(name, options)])


def facts_of(event_type: str) -> list[str]:
    """What filters of a rule for this event may test."""
    known = EVENT_TYPES.get(event_type)
    return [*known.facts, *known.measures] if known else []


class LineFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        """Amounts and quantities are arithmetic over the event's measures."""
        super().clean()
        known = EVENT_TYPES.get(self.instance.event_type)
        for form in self.forms:
            if not form.is_valid() or form.cleaned_data.get("DELETE") or not form.has_changed():
                continue
            if bool(form.cleaned_data.get("key")) == bool(form.cleaned_data.get("account")):
                form.add_error("key", gettext("Give an account key or a fixed account, one of them."))
            if known is not None:
                try:
                    rules.check_amounts(form.instance, known.measures)
                except DomainError as refusal:
                    form.add_error("amount", refusal.message)


class LineInline(CompanyInline):
    model = PostingRuleLine
    formset = LineFormSet
    view_permission, change_permission = VIEW, EDIT
    fields = ("sequence", "side", "key", "account", "amount", "quantity", "optional_dimensions", "summary")
    autocomplete_fields = ("key", "account")
    verbose_name_plural = _("Lines: which side, which account, how much")


class ConditionFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        """Comparisons of size need a number."""
        super().clean()
        for form in self.forms:
            if form.is_valid() and not form.cleaned_data.get("DELETE") and form.has_changed():
                try:
                    rules.check_condition(form.instance)
                except DomainError as refusal:
                    form.add_error("value", refusal.message)


class ConditionInline(CompanyInline):
    model = PostingCondition
    formset = ConditionFormSet
    view_permission, change_permission = VIEW, EDIT
    fields = ("line", "field", "operator", "value")
    verbose_name_plural = _("Filters: when the rule, or one of its lines, applies")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        lines = PostingRuleLine.objects.filter(company=request.company, rule=obj)  # type: ignore[attr-defined]
        fields = formset.form.base_fields
        if "line" in fields:
            fields["line"].queryset = lines
            fields["line"].empty_label = _("the whole rule")
            fields["field"].widget = Suggestions(facts_of(obj.event_type) if obj else ())
        return formset


class RuleFileForm(forms.Form):
    file = forms.FileField(label=_("JSON file of rules"))


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "event_type" in self.fields:
            choices = [(known.code, f"{known.name} ({known.code})") for known in EVENT_TYPES.values()]
            self.fields["event_type"] = forms.ChoiceField(label=_("Event"), choices=choices)


@admin.register(PostingRule)
class PostingRuleAdmin(CompanyModelAdmin):
    """A draft is edited; an active version is looked at, and changed by making the next version."""

    form = RuleForm
    view_permission, change_permission = VIEW, EDIT
    inlines = (LineInline, ConditionInline)
    list_display = ("label", "event_name", "version", "state", "merge_mode", "priority", "valid_from", "approved_by")
    list_filter = ("state", "posts_to")
    search_fields = ("code", "name", "name_en", "event_type")
    ordering = ("event_type", "priority", "code", "-version")
    list_select_related = ("approved_by",)
    actions = ("export_json",)
    change_list_template = "admin/ledger/postingrule/change_list.html"
    readonly_fields = ("version", "state", "author", "approved_by", "activated_at", "retired_at", "measures")
    change_form_template = "admin/ledger/postingrule/change_form.html"
    fieldsets = (
        (None, {"fields": (("name", "name_en"), ("code", "version", "state"), ("event_type", "measures"))}),
        (
            _("Voucher"),
            {"fields": (("posts_to", "merge_mode", "word"), "summary", "is_auto_reviewed")},
        ),
        (_("When it applies"), {"fields": (("priority", "valid_from", "valid_to"),)}),
        (_("Approval"), {"fields": (("author", "approved_by"), ("activated_at", "retired_at"))}),
    )

    @admin.display(description=_("Rule"), ordering="code")
    def label(self, rule: PostingRule) -> str:
        return f"{rule.name} · {rule.code}"

    @admin.display(description=_("Event"), ordering="event_type")
    def event_name(self, rule: PostingRule) -> str:
        known = EVENT_TYPES.get(rule.event_type)
        return str(known.name) if known else rule.event_type

    @admin.display(description=_("Measures and facts"))
    def measures(self, rule: PostingRule) -> str:
        known = EVENT_TYPES.get(rule.event_type)
        if known is None:
            return gettext("Save once to see what amounts and filters may use.")
        return f"{', '.join(known.measures)} · {', '.join(known.facts)}"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An active or retired version is only looked at: vouchers name it."""
        is_fixed = isinstance(obj, PostingRule) and obj.state != RuleState.DRAFT
        return super().has_change_permission(request, obj) and not is_fixed

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj) and obj is not None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.author = request.user
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        try:
            rules.check(PostingRule.objects.get(pk=form.instance.pk))
        except DomainError as refusal:
            messages.warning(request, refusal.message)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("import/", view(self.import_json), name="ledger_postingrule_import"),
            path("<int:rule_id>/<slug:step>/do/", view(require_POST(self.step)), name="ledger_postingrule_step"),
            *super().get_urls(),
        ]

    @admin.action(description=_("Export as JSON"))
    def export_json(self, request: HttpRequest, queryset: QuerySet[PostingRule]) -> HttpResponse:
        documents = [rule_document(rule) for rule in queryset]
        content = json.dumps(documents, ensure_ascii=False, indent=2)
        response = HttpResponse(content, content_type="application/json; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="posting-rules.json"'
        return response

    def import_json(self, request: HttpRequest) -> HttpResponse:
        """Make draft versions of the rules in a file; a file with one wrong rule changes nothing."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = RuleFileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                given = json.loads(form.cleaned_data["file"].read())
                documents = given if isinstance(given, list) else [given]
                made = install_documents(request.company, documents, by=request.user)  # type: ignore[attr-defined]
            except ValueError:
                form.add_error("file", gettext("This is not a JSON file. Export a rule to see the form."))
            except DomainError as refusal:
                form.add_error("file", refusal.message)
            else:
                text = ngettext("%(count)d draft is made.", "%(count)d drafts are made.", len(made))
                messages.success(request, text % {"count": len(made)})
                return redirect("admin:ledger_postingrule_changelist")
        context = {**self.admin_site.each_context(request), "form": form, "title": gettext("Import rules")}
        return render(request, "admin/ledger/postingrule/import.html", context)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        rule = self.get_object(request, object_id)
        steps: list[tuple[str, Any, bool]] = []
        if rule is not None:
            if rule.state == RuleState.DRAFT and allowed(request, APPROVE):
                steps.append(("activate", _("Approve and activate"), True))
            if rule.state != RuleState.DRAFT and allowed(request, EDIT):
                steps.append(("version", _("Make a new version"), True))
            if rule.state == RuleState.ACTIVE and allowed(request, APPROVE):
                steps.append(("retire", _("Retire"), False))
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "steps": steps})

    def step(self, request: HttpRequest, rule_id: int, step: str) -> HttpResponse:
        """New version, approval or retirement of a version."""
        rule = get_object_or_404(self.get_queryset(request), pk=rule_id)
        done: dict[str, tuple[str, Callable[[], PostingRule], Any]] = {
            "version": (EDIT, lambda: rules.new_version(rule, by=request.user), _("Draft %(rule)s is ready to edit.")),
            "activate": (APPROVE, lambda: rules.activate(rule, by=request.user), _("%(rule)s counts from now on.")),
            "retire": (APPROVE, lambda: rules.retire(rule), _("%(rule)s is retired.")),
        }
        permission, act, sentence = done[step]
        if not allowed(request, permission):
            raise PermissionDenied
        try:
            rule = act()
            messages.success(request, sentence % {"rule": rule})
        except DomainError as refusal:
            messages.error(request, refusal.message)
        return redirect("admin:ledger_postingrule_change", rule.pk)


@admin.register(BusinessEvent)
class BusinessEventAdmin(ReadOnlyAdmin):
    view_permission = VIEW
    list_display = ("id", "event_type", "document_no", "party", "business_date", "state", "voucher")
    list_filter = ("state", "event_type")
    search_fields = ("=document_no",)
    show_full_result_count = False
    list_select_related = ("voucher",)


__all__ = ["AccountKeyAdmin", "AccountMappingAdmin"]
