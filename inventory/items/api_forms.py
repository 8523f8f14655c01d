"""What the API's writes of masters share: masters named by their codes, rows made or changed through the services."""

from collections.abc import Mapping
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from erp.core.api.writes import CompanyWriteViewSet
from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound


class CodeTaken(DomainError):
    code = "code_taken"
    template = _("Code %(key)s is taken. Choose another one.")


class CodeStays(DomainError):
    code = "code_stays"
    template = _("The code %(key)s stays: documents and the ledger name it. Disable it and make a new one.")


class CodeField(serializers.CharField):
    """A master of the view's company by its code; blank or null is none. Raises ``NotFound``."""

    def __init__(self, model: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.named = model

    def to_internal_value(self, data: Any) -> Any:
        code = super().to_internal_value(data)
        if not code:
            return None
        company = self.context["view"].company
        found = self.named.objects.filter(company=company, code__iexact=code).first()
        if found is None:
            raise NotFound(field=self.field_name, what=self.named._meta.verbose_name, key=code)
        return found


def optional_code(model: Any) -> CodeField:
    """A master that may be left out."""
    return CodeField(model, required=False, allow_blank=True, allow_null=True)


class MasterWriteViewSet(CompanyWriteViewSet):
    """Masters: list, detail, POST makes one, PATCH changes one. Refused by the services, as on the pages.

    ``form``: serializer of what is written; ``keep(row, given)`` calls the service. Codes are capital letters, taken
    once and for ever.
    """

    form: type[serializers.BaseSerializer[Any]]

    def keep(self, row: Any, given: Mapping[str, Any]) -> Any:
        raise NotImplementedError

    def blank(self, company: Company) -> Any:
        return self.model(company=company)

    def create(self, request: Any) -> Any:
        given = dict(self.read(self.form))
        row = self.blank(self.company)
        if "code" in given:
            row.code = given.pop("code").strip().upper()
            self.refuse_taken(row, given)
        saved = self.keep(self.filled(row, given), given)
        return self.answer(saved.pk, 201)

    def partial_update(self, request: Any, pk: str) -> Any:
        given = dict(self.read(self.form, partial=True))
        rows = self.model._default_manager.filter(company=self.company)
        row: Any = get_object_or_404(rows, pk=int(pk) if pk.isdigit() else 0)
        code = given.pop("code", None)
        if code is not None and code.strip().upper() != row.code.upper():
            raise CodeStays(field="code", key=row.code)
        saved = self.keep(self.filled(row, given), given)
        return self.answer(saved.pk, 200)

    def refuse_taken(self, row: Any, given: Mapping[str, Any]) -> None:
        """Raise ``CodeTaken`` when the company has the code already."""
        if self.model._default_manager.filter(company=self.company, code__iexact=row.code).exists():
            raise CodeTaken(field="code", key=row.code)

    def filled(self, row: Any, given: Mapping[str, Any]) -> Any:
        columns = {one.name for one in row._meta.fields}
        for name, value in given.items():
            if name in columns:
                setattr(row, name, value)
        return row

    def answer(self, pk: int, status: int) -> Any:
        row = self.get_queryset().get(pk=pk)
        return Response(self.get_serializer(row).data, status=status)
