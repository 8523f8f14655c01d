"""The mapping engine on plain values: no database."""

import datetime as dt
from decimal import Decimal

import pytest

from erp.core.imports.mapping import (
    ConditionSpec,
    FieldSpec,
    FieldType,
    Mapper,
    ProfileInvalid,
    ProfileSpec,
    RuleSpec,
    ValueSpec,
)

TYPES = {
    "no": FieldType.CODE,
    "qty": FieldType.DECIMAL,
    "date": FieldType.DATE,
    "region": FieldType.TEXT,
    "kind": FieldType.TEXT,
    "rate": FieldType.DECIMAL,
}
FIELDS = (FieldSpec("No", "no"), FieldSpec("Qty", "qty"), FieldSpec("Day", "date"), FieldSpec("Country", "region"))
HEADERS = ["Country", "No", "Qty", "Day", "Extra"]


def mapper(*rules: RuleSpec, values: tuple[ValueSpec, ...] = (), fields: tuple[FieldSpec, ...] = FIELDS) -> Mapper:
    return Mapper(ProfileSpec(fields, values, rules), TYPES, HEADERS)


def rule(field: str, value: str, *conditions: tuple[str, str, str]) -> RuleSpec:
    return RuleSpec(field, value, tuple(ConditionSpec(*one) for one in conditions))


def row(country: object = "中国", no: object = "A1", qty: object = 3.0, day: object = "2025-12-01") -> list[object]:
    return [country, no, qty, day, "unused"]


def test_columns_become_typed_fields_wherever_they_stand() -> None:
    found = mapper().map(2, row(no=" a１ ", qty="１,200.50", day="2025年12月1日"))
    assert found.issues == []
    assert found.values["no"] == "A1"
    assert found.values["qty"] == Decimal("1200.5")
    assert found.values["date"] == dt.date(2025, 12, 1)


def test_a_number_that_excel_keeps_as_a_float_is_a_code_without_a_point() -> None:
    assert mapper().map(2, row(no=22423.0)).values["no"] == "22423"


def test_text_in_a_quantity_is_an_issue_that_names_row_field_and_value() -> None:
    found = mapper().map(17, row(qty="twelve"))
    (issue,) = found.issues
    assert (issue.row_no, issue.field, issue.code) == (17, "qty", "not_a_number")
    assert "twelve" in issue.message


def test_a_missing_required_value_is_an_issue_and_an_optional_one_is_not() -> None:
    assert [issue.code for issue in mapper().map(2, row(no="  ")).issues] == ["value_missing"]
    optional = mapper(fields=(FieldSpec("No", "no", is_required=False), *FIELDS[1:]))
    assert optional.map(2, row(no="")).issues == []


def test_all_bad_cells_of_a_row_are_reported() -> None:
    found = mapper().map(2, row(qty="x", day="yesterday"))
    assert [issue.field for issue in found.issues] == ["qty", "date"]


def test_an_empty_cell_takes_the_default() -> None:
    one = mapper(fields=(FieldSpec("No", "no", default="cash"), *FIELDS[1:]))
    assert one.map(2, row(no=None)).values["no"] == "CASH"


def test_a_column_that_the_file_lacks_gives_the_default() -> None:
    one = mapper(fields=(*FIELDS, FieldSpec("Missing", "kind", default="sale", is_required=False)))
    assert one.map(2, row()).values["kind"] == "sale"


def test_values_are_translated_without_regard_to_case() -> None:
    one = mapper(values=(ValueSpec("region", "eire", "Ireland"),))
    assert one.map(2, row("EIRE")).values["region"] == "Ireland"
    assert one.map(2, row("France")).values["region"] == "France"


def test_the_first_rule_of_a_field_whose_conditions_hold_decides() -> None:
    one = mapper(
        rule("kind", "return", ("no", "starts", "C")),
        rule("kind", "correction", ("qty", "lt", "0")),
        rule("kind", "sale"),
    )
    assert one.map(2, row(no="c9", qty=-1.0)).values["kind"] == "return"
    assert one.map(3, row(no="9", qty=-1.0)).values["kind"] == "correction"
    assert one.map(4, row(no="9", qty=1.0)).values["kind"] == "sale"


def test_all_conditions_of_a_rule_must_hold() -> None:
    one = mapper(rule("rate", "0.13", ("region", "in", "United Kingdom, 中国"), ("qty", "gt", "0")), rule("rate", "0"))
    assert one.map(2, row("united kingdom")).values["rate"] == Decimal("0.13")
    assert one.map(3, row("中国", qty=-1.0)).values["rate"] == 0
    assert one.map(4, row("France")).values["rate"] == 0


def test_a_rule_sees_what_earlier_rules_derived() -> None:
    one = mapper(
        rule("kind", "fee", ("no", "eq", "AMAZONFEE")), rule("rate", "0", ("kind", "eq", "fee")), rule("rate", "0.13")
    )
    assert one.map(2, row(no="AmazonFee")).values["rate"] == 0
    assert one.map(3, row(no="1")).values["rate"] == Decimal("0.13")


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [
        ("eq", "3", True),
        ("ne", "3.0", False),
        ("ge", "3", True),
        ("le", "2", False),
        ("in", "1, 3", True),
        ("not_in", "1，3", False),
        ("empty", "", False),
        ("not_empty", "", True),
    ],
)
def test_numbers_are_compared_as_numbers(operator: str, value: str, holds: bool) -> None:
    one = mapper(rule("kind", "yes", ("qty", operator, value)))
    assert (one.map(2, row(qty="3.00")).values["kind"] == "yes") is holds


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [("starts", "gift_0001_, X", True), ("not_starts", "C", True), ("contains", "0001", True), ("eq", "GIFT", False)],
)
def test_text_is_compared_without_regard_to_case(operator: str, value: str, holds: bool) -> None:
    one = mapper(rule("kind", "yes", ("no", operator, value)))
    assert (one.map(2, row(no="Gift_0001_20")).values["kind"] == "yes") is holds


def test_true_is_not_mistaken_for_one() -> None:
    one = mapper()
    assert one.map(2, row(qty=1.0)).issues == []
    assert one.map(3, row(qty=True)).issues != []


def test_a_quantity_with_more_decimals_than_we_keep_is_refused_not_rounded() -> None:
    assert [issue.code for issue in mapper().map(2, row(qty="0.1234567")).issues] == ["number_too_precise"]


@pytest.mark.parametrize(
    "bad",
    [
        ProfileSpec((FieldSpec("No", "unknown"),)),
        ProfileSpec(()),
        ProfileSpec(FIELDS, rules=(rule("rate", "much"),)),
        ProfileSpec(FIELDS, rules=(rule("kind", "x", ("qty", "starts", "1")),)),
        ProfileSpec(FIELDS, rules=(rule("kind", "x", ("no", "about", "1")),)),
    ],
)
def test_a_profile_that_contradicts_itself_is_refused_before_a_row_is_read(bad: ProfileSpec) -> None:
    with pytest.raises(ProfileInvalid):
        Mapper(bad, TYPES, HEADERS)
