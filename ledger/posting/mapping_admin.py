"""Account keys and mappings in the admin. Saving goes through ``mappings.save_mapping``: what is used is replaced."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportMixin

from erp.core.errors import DomainError
from erp.core.web.company_admin import CompanyInline, CompanyModelAdmin
from ledger.dimensions.models import DimensionType
from ledger.posting import mappings
from ledger.posting.mapping_files import MappingResource
from ledger.posting.mappings import Selector
from ledger.posting.models import AccountKey, AccountMapping, AccountMappingSelector

VIEW, EDIT = "ledger.view_posting", "ledger.manage_posting_rule"


def selectors_in(forms_of_selectors: Iterable[Any]) -> list[Selector]:
    """The selectors that a filled-in formset states."""
    chosen = []
    for form in forms_of_selectors:
        given = getattr(form, "cleaned_data", None)
        if given and given.get("name") and not given.get("DELETE"):
            value = given.get("value")
            chosen.append(Selector(given["name"], value.pk if value else None, given.get("text") or ""))
    return chosen


def save(mapping: AccountMapping, selectors: list[Selector], *, company_id: int, by: Any) -> AccountMapping:
    """Save what the form says: a new mapping, or a replacement of the one that is stored."""
    stored = AccountMapping.objects.filter(company_id=company_id, pk=mapping.pk).first() if mapping.pk else None
    return mappings.save_mapping(
        company_id, mapping.key_id, mapping.account_id, selectors, replaces=stored, note=mapping.note, by=by
    )


class SelectorForm(forms.ModelForm):  # type: ignore[type-arg]
    """``value`` for a dimension (its children count too), ``text`` for a plain fact such as the tax rate."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        name, value, text = cleaned.get("name"), cleaned.get("value"), cleaned.get("text")
        if name and bool(value) == bool(text):
            self.add_error("value", gettext("Give a dimension value, or a text for what is no dimension."))
        if name and value and value.dimension_type.code != name:
            message = gettext("“%(value)s” is a value of %(dimension)s. Choose one of the selector's own dimension.")
            self.add_error("value", message % {"value": value, "dimension": value.dimension_type})
        return cleaned


class SelectorFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        """Try the save and take it back: ties, foreign selectors and parent accounts are refused here, in words."""
        super().clean()
        mapping = self.instance
        if any(self.errors) or not mapping.key_id or not mapping.account_id:
            return
        try:
            with transaction.atomic():
                save(mapping, selectors_in(self.forms), company_id=mapping.company_id, by=None)
                transaction.set_rollback(True)
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message) from refusal


class SelectorInline(CompanyInline):
    model = AccountMappingSelector
    form = SelectorForm
    formset = SelectorFormSet
    view_permission, change_permission = VIEW, EDIT
    fields = ("name", "value", "text")
    autocomplete_fields = ("value",)
    extra = 2
    verbose_name_plural = _("Selectors: all must hold. Without selectors it is the default of the key.")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        if "name" in formset.form.base_fields:
            company = request.company  # type: ignore[attr-defined]
            names = {name for key in AccountKey.objects.filter(company=company) for name in key.selectors}
            if obj is not None:
                names = set(obj.key.selectors) | {selector.name for selector in obj.selectors.all()}
            labels = {row.code: str(row) for row in DimensionType.objects.filter(company=company)}
            choices = sorted((name, labels.get(name, name)) for name in names)
            formset.form.base_fields["name"] = forms.ChoiceField(label=_("Selector"), choices=[("", "–"), *choices])
            formset.form.base_fields["value"].help_text = _("Values below it count too.")
        return formset


@admin.register(AccountMapping)
class AccountMappingAdmin(ImportExportMixin, CompanyModelAdmin):  # type: ignore[misc]
    """Key + selectors → account. The most specific active mapping wins; two with the same selectors are refused."""

    resource_classes = [MappingResource]
    view_permission, change_permission = VIEW, EDIT
    inlines = (SelectorInline,)
    readonly_fields = ("is_active", "successor")
    autocomplete_fields = ("key", "account")
    list_display = ("key", "selector_text", "account", "is_active", "note")
    list_filter = ("is_active",)
    list_select_related = ("key", "account")
    search_fields = ("key__code", "key__name", "account__code", "account__name", "note")
    actions = ("close",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("key", "account", "note", "is_active", "successor") if obj else ("key", "account", "note")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccountMapping]:
        return super().get_queryset(request).prefetch_related("selectors__value")

    @admin.display(description=_("Selectors"))
    def selector_text(self, mapping: AccountMapping) -> str:
        return ", ".join(str(selector) for selector in mapping.selectors.all()) or gettext("default")

    @admin.display(description=_("Replaced by"))
    def successor(self, mapping: AccountMapping) -> str:
        return str(mapping.replaced_by or "–")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_closed = isinstance(obj, AccountMapping) and not obj.is_active
        return super().has_change_permission(request, obj) and not is_closed

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # taken out of use instead: old lines name it

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[AccountMapping]:
        return super().get_export_queryset(request).filter(is_active=True)

    def get_import_resource_kwargs(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {"company": request.company, "by": request.user}  # type: ignore[attr-defined]

    get_export_resource_kwargs = get_import_resource_kwargs

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing yet: the selectors belong to it, so ``save_related`` saves both."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        (formset,) = formsets
        company = request.company  # type: ignore[attr-defined]
        saved = save(form.instance, selectors_in(formset.forms), company_id=company.pk, by=request.user)
        if change and saved.pk != form.instance.pk:
            messages.info(request, gettext("Documents from now on follow the new mapping; old vouchers keep theirs."))
        form.instance.pk = saved.pk
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []

    @admin.action(description=_("Take out of use"), permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[AccountMapping]) -> None:
        for mapping in queryset.filter(is_active=True):
            mappings.close_mapping(mapping)
        messages.success(request, gettext("The chosen mappings are out of use."))


@admin.register(AccountKey)
class AccountKeyAdmin(CompanyModelAdmin):
    """Keys are what rules name instead of accounts."""

    view_permission, change_permission = VIEW, EDIT
    list_display = ("code", "name", "name_en", "selector_names", "note")
    search_fields = ("code", "name", "name_en")
    fields = ("code", "name", "name_en", "selectors", "note")
    readonly_fields = ("code",)

    @admin.display(description=_("Selectors, most telling first"))
    def selector_names(self, key: AccountKey) -> str:
        return ", ".join(key.selectors)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
