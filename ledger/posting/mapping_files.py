"""Mappings in and out as a table: key, account code, selectors, note.

Selectors are written ``item_category=FREIGHT; tax_rate=0.13``: dimension values by their code, other facts as text.
An imported row replaces the active mapping of the key with the same selectors, or adds one.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources

from erp.core.errors import NotFound
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.posting.mappings import Selector, save_mapping, selector_key
from ledger.posting.models import AccountKey, AccountMapping


class MappingResource(resources.ModelResource):
    key = fields.Field(column_name="key")
    account = fields.Field(column_name="account")
    selectors = fields.Field(column_name="selectors")
    note = fields.Field(column_name="note", attribute="note")

    class Meta:
        model = AccountMapping
        fields = ("key", "account", "selectors", "note")
        import_id_fields = ("key", "selectors")
        use_transactions = True
        clean_model_instances = False

    def __init__(self, company: Any = None, by: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.company, self.by = company, by

    def get_queryset(self) -> QuerySet[AccountMapping]:
        return (
            AccountMapping.objects.filter(company=self.company, is_active=True)
            .select_related("key", "account")
            .prefetch_related("selectors__value")
            .order_by("key__code", "selector_key")
        )

    def dehydrate_key(self, mapping: AccountMapping) -> str:
        return mapping.key.code

    def dehydrate_account(self, mapping: AccountMapping) -> str:
        return mapping.account.code

    def dehydrate_selectors(self, mapping: AccountMapping) -> str:
        return "; ".join(f"{s.name}={s.value.code if s.value else s.text}" for s in mapping.selectors.all())

    def get_instance(self, instance_loader: Any, row: Any) -> AccountMapping | None:
        key = self._key(row)
        text = selector_key(self._selectors(row))
        return AccountMapping.objects.filter(company=self.company, key=key, selector_key=text, is_active=True).first()

    def import_instance(self, instance: AccountMapping, row: Any, **kwargs: Any) -> None:
        instance.company = self.company
        instance.key, instance.account = self._key(row), self._account(row)
        instance.note = str(row.get("note") or "")

    def save_instance(self, instance: AccountMapping, is_create: bool, row: Any, **kwargs: Any) -> None:
        stored = None if is_create else AccountMapping.objects.get(company=self.company, pk=instance.pk)
        saved = save_mapping(
            self.company.pk,
            instance.key_id,
            instance.account_id,
            self._selectors(row),
            replaces=stored,
            note=instance.note,
            by=self.by,
        )
        instance.pk = saved.pk

    def _key(self, row: Any) -> AccountKey:
        code = str(row.get("key") or "").strip()
        key = AccountKey.objects.filter(company=self.company, code=code).first()
        if key is None:
            raise NotFound(what=_("Account key"), key=code)
        return key

    def _account(self, row: Any) -> Account:
        code = str(row.get("account") or "").strip()
        account = Account.objects.filter(company=self.company, code=code).first()
        if account is None:
            raise NotFound(what=_("Account"), key=code)
        return account

    def _selectors(self, row: Any) -> list[Selector]:
        dimensions = set(DimensionType.objects.filter(company=self.company).values_list("code", flat=True))
        chosen = []
        for part in str(row.get("selectors") or "").split(";"):
            name, _equals, text = (piece.strip() for piece in part.partition("="))
            if not name:
                continue
            if name not in dimensions:
                chosen.append(Selector(name, None, text))
                continue
            value = DimensionValue.objects.filter(company=self.company, dimension_type__code=name, code=text).first()
            if value is None:
                raise NotFound(what=name, key=text)
            chosen.append(Selector(name, value.pk))
        return chosen
