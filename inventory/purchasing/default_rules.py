"""The posting rules of purchasing that a new company starts with."""

from ledger.posting.default_rules import RuleSpec

RULES: tuple[RuleSpec, ...] = ()
