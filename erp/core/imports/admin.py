"""Import profiles in the admin: columns, values and rules as inline forms; in and out as one JSON document."""

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.errors import DomainError
from erp.core.imports.models import FieldMapping, ImportCondition, ImportProfile, ImportRule, ValueMapping
from erp.core.imports.profiles import check, install_profile, profile_document
from erp.core.imports.targets import target_of, targets
from erp.core.web.company_admin import CompanyInline, CompanyModelAdmin

PERMISSION = "core.manage_import_profile"


class PartInline(CompanyInline):
    change_permission = PERMISSION

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Fields of the target are chosen, not typed."""
        if db_field.name == "field":
            return forms.ChoiceField(label=db_field.verbose_name, choices=_field_choices)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


def _field_choices() -> list[tuple[str, str]]:
    fields = {one.name: one.label for target in targets() for one in target.fields}
    return [("", "–"), *((name, f"{label} ({name})") for name, label in fields.items())]


class FieldInline(PartInline):
    model = FieldMapping


class ValueInline(PartInline):
    model = ValueMapping


class ConditionInline(PartInline):
    model = ImportCondition
    extra = 1


class RuleInline(PartInline):
    model = ImportRule
    fields = ("sequence", "field", "value", "note", "conditions_shown")
    readonly_fields = ("conditions_shown",)
    ordering = ("sequence",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRule]:
        return super().get_queryset(request).prefetch_related("conditions")

    @admin.display(description=gettext_lazy("only if"))
    def conditions_shown(self, rule: ImportRule) -> str:
        if not rule.pk:
            return _("Save first, then add conditions.")
        shown = " & ".join(str(one) for one in rule.conditions.all()) or _("always")
        return format_html('<a href="{}">{}</a>', reverse("admin:core_importrule_change", args=[rule.pk]), shown)


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    target = forms.ChoiceField(label=gettext_lazy("target"))

    class Meta:
        model = ImportProfile
        fields = ("code", "name", "target", "sheet", "options", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].choices = [(one.code, one.label) for one in targets()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "target" in cleaned and "options" in cleaned:
            try:
                target_of(cleaned["target"]).read_options(cleaned["options"] or {})
            except DomainError as error:
                self.add_error("options", ValidationError(error.message))
        return cleaned


class UploadJson(forms.Form):
    file = forms.FileField(label=gettext_lazy("JSON file of a profile"))


@admin.register(ImportProfile)
class ImportProfileAdmin(CompanyModelAdmin):
    """One profile: what each column is, how values translate, what the rules derive."""

    change_permission = PERMISSION
    form = ProfileForm
    inlines = (FieldInline, ValueInline, RuleInline)
    list_display = ("code", "name", "target", "is_active")
    list_filter = ("is_active",)
    search_fields = ("code", "name")
    actions = ("export_json",)
    change_list_template = "admin/core/importprofile/change_list.html"

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        _warn_if_invalid(request, form.instance)

    @admin.action(description=gettext_lazy("Export as JSON"))
    def export_json(self, request: HttpRequest, queryset: QuerySet[ImportProfile]) -> HttpResponse:
        documents = [profile_document(profile) for profile in queryset]
        content = json.dumps(documents, ensure_ascii=False, indent=2)
        response = HttpResponse(content, content_type="application/json; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="import-profiles.json"'
        return response

    def get_urls(self) -> list[URLPattern]:
        here = path("import/", self.admin_site.admin_view(self.import_json), name="core_importprofile_import")
        return [here, *super().get_urls()]

    def import_json(self, request: HttpRequest) -> HttpResponse:
        """Install profiles from a JSON file; one that does not compile changes nothing."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadJson(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                documents = json.loads(form.cleaned_data["file"].read())
                with transaction.atomic():
                    for document in documents if isinstance(documents, list) else [documents]:
                        install_profile(request.company, document)  # type: ignore[attr-defined]
            except (ValueError, UnicodeDecodeError):
                form.add_error("file", _("This is not a JSON document."))
            except DomainError as error:
                form.add_error("file", error.message)
            else:
                messages.success(request, _("The profiles are installed."))
                return redirect(reverse("admin:core_importprofile_changelist"))
        context = {**self.admin_site.each_context(request), "form": form, "title": _("Import profiles from JSON")}
        return render(request, "admin/core/importprofile/import.html", context)


@admin.register(ImportRule)
class ImportRuleAdmin(CompanyModelAdmin):
    """One rule with its conditions; reached from its profile."""

    change_permission = PERMISSION
    inlines = (ConditionInline,)
    fields = ("profile", "sequence", "field", "value", "note")
    readonly_fields = ("profile",)
    list_display = ("profile", "sequence", "field", "value", "note")
    list_filter = ("profile",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "field":
            return forms.ChoiceField(label=db_field.verbose_name, choices=_field_choices)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a rule is added in its profile

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        _warn_if_invalid(request, form.instance.profile)


def _warn_if_invalid(request: HttpRequest, profile: ImportProfile) -> None:
    """Parts are entered one by one, so a profile may be saved before it is complete; it says what it still lacks."""
    try:
        check(profile)
    except DomainError as error:
        messages.warning(request, error.message)
