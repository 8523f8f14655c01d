"""Bases of the admin: rows of the active company only, rights by role in that company, company set on save.

A subclass states the permission to look and the one to change; Django's own model permissions play no part.
"""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from erp.core.web.views import allowed


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose instance knows its company, so that constraints with the company in them are checked here."""

    company: ClassVar[Any] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.company = self.company

    def _get_validation_exclusions(self) -> set[str]:
        return set(super()._get_validation_exclusions()) - {"company"}  # type: ignore[misc]


class _ByRole:
    """Rights from the roles in the active company. ``change_permission`` empty: nobody changes it here."""

    view_permission = ""
    change_permission = ""
    model: Any

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.view_permission) or self._may(request, self.change_permission)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.change_permission)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.change_permission)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.change_permission)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only rows of the company can be chosen."""
        related = db_field.remote_field.model
        if "queryset" not in kwargs and _has_company(related):
            kwargs["queryset"] = related._default_manager.filter(company=request.company)  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A choice is a choice: no pencil, plus and eye beside it, which lead people astray."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        widget = getattr(field, "widget", None)
        for name in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
            if hasattr(widget, name):
                setattr(widget, name, False)
        return field

    @staticmethod
    def _may(request: HttpRequest, permission: str) -> bool:
        return bool(permission) and request.company is not None and allowed(request, permission)  # type: ignore[attr-defined]


class CompanyInline(_ByRole, admin.TabularInline):  # type: ignore[type-arg]
    """Rows of a document; they take its company."""

    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        base = kwargs.get("form", self.form)
        form = type(base.__name__, (CompanyForm, base), {"company": request.company})  # type: ignore[attr-defined]
        return super().get_formset(request, obj, **{**kwargs, "form": form})


class CompanyModelAdmin(_ByRole, admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows of the active company. ``exclude`` keeps the company itself off the form."""

    exclude: ClassVar[Any] = ("company",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(company=request.company)  # type: ignore[attr-defined]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        base = kwargs.get("form", self.form)
        form = type(base.__name__, (CompanyForm, base), {"company": request.company})  # type: ignore[attr-defined]
        return super().get_form(request, obj, change, **{**kwargs, "form": form})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.company = request.company  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for inline in formset.forms:
            inline.instance.company = request.company  # type: ignore[attr-defined]
        formset.save()


class ReadOnlyAdmin(CompanyModelAdmin):
    """What is only looked at here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _has_company(model: type[models.Model]) -> bool:
    try:
        model._meta.get_field("company")
    except FieldDoesNotExist:
        return False
    return True
