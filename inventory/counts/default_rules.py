"""The posting rules of stock counts that a new company starts with."""

from ledger.posting.default_rules import RuleSpec

RULES: tuple[RuleSpec, ...] = ()
