"""A profile as one JSON document: shipped with the product, carried from one company to another, installed whole."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from erp.core.companies.models import Company
from erp.core.imports.mapping import Mapper, ProfileInvalid
from erp.core.imports.models import (
    FieldMapping,
    ImportCondition,
    ImportProfile,
    ImportRule,
    Normalise,
    Operator,
    ValueMapping,
)
from erp.core.imports.reading import spec_of
from erp.core.imports.targets import target_of

KEYS = {"code", "name", "target", "sheet", "options", "fields", "values", "rules"}


@transaction.atomic
def install_profile(company: Company, document: Mapping[str, Any]) -> ImportProfile:
    """Make the profile, or replace the parts of the one with the same code. Raises ``ProfileInvalid``."""
    if not isinstance(document, Mapping) or not {"code", "name", "target", "fields"} <= document.keys() <= KEYS:
        raise ProfileInvalid(problem=_("the document must have the keys %(keys)s.") % {"keys": ", ".join(sorted(KEYS))})
    profile, _made = ImportProfile.objects.update_or_create(
        company=company,
        code=document["code"],
        defaults={
            "name": document["name"],
            "target": document["target"],
            "sheet": document.get("sheet", ""),
            "options": document.get("options", {}),
        },
    )
    for part in (profile.fields, profile.values, profile.rules):
        part.all().delete()
    try:
        _add_parts(profile, document)
    except (KeyError, TypeError) as error:
        raise ProfileInvalid(problem=_("a part lacks %(key)s.") % {"key": str(error)}) from error
    check(profile)
    return profile


def _add_parts(profile: ImportProfile, document: Mapping[str, Any]) -> None:
    company_id = profile.company_id
    FieldMapping.objects.bulk_create(
        [
            FieldMapping(
                company_id=company_id,
                profile=profile,
                column=one["column"],
                field=one["field"],
                normalise=one.get("normalise", ""),
                default=one.get("default", ""),
                is_required=one.get("required", True),
            )
            for one in document["fields"]
        ]
    )
    ValueMapping.objects.bulk_create(
        [
            ValueMapping(
                company_id=company_id, profile=profile, field=one["field"], source=one["source"], target=one["target"]
            )
            for one in document.get("values", [])
        ]
    )
    rules = ImportRule.objects.bulk_create(
        [
            ImportRule(
                company_id=company_id,
                profile=profile,
                sequence=(place + 1) * 10,
                field=one["set"],
                value=one["to"],
                note=one.get("note", ""),
            )
            for place, one in enumerate(document.get("rules", []))
        ]
    )
    ImportCondition.objects.bulk_create(
        [
            ImportCondition(company_id=company_id, rule=rule, field=field, operator=operator, value=value)
            for rule, one in zip(rules, document.get("rules", []), strict=True)
            for field, operator, value in one.get("when", [])
        ]
    )


def profile_document(profile: ImportProfile) -> dict[str, Any]:
    """The profile as ``install_profile`` takes it."""
    return {
        "code": profile.code,
        "name": profile.name,
        "target": profile.target,
        "sheet": profile.sheet,
        "options": profile.options,
        "fields": [
            {
                "column": one.column,
                "field": one.field,
                "normalise": one.normalise,
                "default": one.default,
                "required": one.is_required,
            }
            for one in profile.fields.order_by("id")
        ],
        "values": [
            {"field": one.field, "source": one.source, "target": one.target} for one in profile.values.order_by("id")
        ],
        "rules": [
            {
                "set": rule.field,
                "to": rule.value,
                "note": rule.note,
                "when": [[one.field, one.operator, one.value] for one in rule.conditions.order_by("id")],
            }
            for rule in profile.rules.order_by("sequence").prefetch_related("conditions")
        ],
    }


def check(profile: ImportProfile) -> None:
    """Compile the profile against its target, as reading a file would. Raises ``ProfileInvalid``."""
    target = target_of(profile.target)
    target.read_options(profile.options)
    spec = spec_of(profile)
    Mapper(spec, target.types(), spec.columns())
    operators = {one.operator for rule in spec.rules for one in rule.conditions}
    if unknown := sorted(operators - set(Operator.values)):
        raise ProfileInvalid(problem=_("“%(operator)s” is no comparison.") % {"operator": ", ".join(unknown)})
    if unknown := sorted({one.normalise for one in spec.fields} - set(Normalise.values)):
        raise ProfileInvalid(problem=_("“%(name)s” is no way to normalise.") % {"name": ", ".join(unknown)})
    given = {one.field for one in spec.fields} | {one.field for one in spec.rules}
    if missing := [str(one.label) for one in target.fields if one.is_required and one.name not in given]:
        raise ProfileInvalid(problem=_("no column or rule gives %(fields)s.") % {"fields": ", ".join(missing)})
