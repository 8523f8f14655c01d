"""Why an event has no voucher: a code and facts are stored, the sentence and its cure are made when shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Reason:
    """``url_name`` names the page where the cure is applied."""

    code: str
    sentence: str
    cure: str
    url_name: str = ""


_REASONS: dict[str, tuple[Any, Any, str]] = {
    # failed: mend and retry
    "no_rule": (
        _("No active rule takes the event “%(event_type)s”."),
        _("Activate a rule for this event, or widen the filters of one."),
        "admin:ledger_postingrule_changelist",
    ),
    "no_mapping": (
        _("Account key “%(key)s” leads to no account for %(selectors)s."),
        _("Add a mapping for this key."),
        "admin:ledger_accountmapping_changelist",
    ),
    "account_not_postable": (
        _("Account %(account)s takes no postings: it has sub-accounts or is disabled."),
        _("Map the key to one of its sub-accounts, or enable it."),
        "admin:ledger_accountmapping_changelist",
    ),
    "dimension_missing": (
        _("Account %(account)s needs the dimension “%(dimension)s”, which the document does not give."),
        _("Give it on the document, or do not require it on the account."),
        "account_list",
    ),
    "unbalanced": (
        _("The lines of rule %(rule)s do not balance: debit %(debit)s, credit %(credit)s."),
        _("Correct the amounts of the rule in a new version."),
        "admin:ledger_postingrule_changelist",
    ),
    "bad_expression": (
        _("Line %(line)s of rule %(rule)s cannot be computed: %(problem)s."),
        _("Correct the expression in a new version of the rule."),
        "admin:ledger_postingrule_changelist",
    ),
    "no_open_period": (
        _("No period on or after %(date)s is open."),
        _("Reopen a period, or add the next year's periods."),
        "period_list",
    ),
    "original_not_posted": (
        _("It reverses document event %(original)s, which is not posted itself."),
        _("Mend and retry the original first."),
        "posting_monitor",
    ),
    "payload_broken": (
        _("The event's own figures cannot be read: %(problem)s."),
        _("Tell support; the document itself is safe."),
        "posting_monitor",
    ),
    "database_refused": (
        _("The database refused the voucher: %(rule)s."),
        _("Correct what the rule names, then retry."),
        "posting_monitor",
    ),
    # settled: standing reasons
    "zero_amount": (_("All its amounts are zero."), "", ""),
    "same_account": (_("Both sides are the same account: nothing to post."), "", ""),
    "opening_balance": (_("It is part of the opening balances."), "", ""),
    "no_voucher_by_rule": (_("Rule %(rule)s says that it needs no voucher."), "", ""),
}


def explain(code: str, facts: Mapping[str, Any]) -> Reason:
    """The reason in the active language. An unknown code is shown as it is."""
    sentence, cure, url_name = _REASONS.get(code, (code, "", ""))
    try:
        text = str(sentence) % facts if facts else str(sentence)
    except (KeyError, ValueError, TypeError):
        text = f"{sentence} {dict(facts)}"
    return Reason(code, text, str(cure), url_name)
