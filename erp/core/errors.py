"""What the business refuses, and why, in words a clerk understands.

Every refusal is a ``DomainError`` with a stable ``code`` (for the API and the logs), the ``facts`` that led to
it, and a translated sentence that names the thing, the fact and the cure. A subclass gives the sentence as
``template``; facts fill it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A refusal with a code, facts and a translated sentence. ``field`` names the form field it belongs to."""

    code = "refused"
    template: Any = _("This cannot be done.")

    def __init__(
        self,
        code: str | None = None,
        template: Any = None,
        *,
        field: str | None = None,
        row: int | None = None,
        **facts: Any,
    ) -> None:
        self.code = code or type(self).code
        self.field = field
        self.row = row
        self.facts: Mapping[str, Any] = facts
        if template is not None:
            self.template = template
        super().__init__(self.code)

    @property
    def message(self) -> str:
        """The sentence in the active language."""
        try:
            return str(self.template) % self.facts if self.facts else str(self.template)
        except (KeyError, ValueError, TypeError):
            return f"{self.template} {dict(self.facts)}"

    def as_dict(self) -> dict[str, Any]:
        """The form in which the API returns it."""
        return {
            "code": self.code,
            "message": self.message,
            "facts": {k: str(v) for k, v in self.facts.items()},
            **({"field": self.field} if self.field else {}),
            **({"row": self.row} if self.row is not None else {}),
        }

    def __str__(self) -> str:
        return self.message


class SeveralRefusals(DomainError):
    """All that is wrong with one thing, each with its row and field; speaks with the first one's sentence."""

    def __init__(self, errors: Sequence[DomainError]) -> None:
        first = errors[0]
        super().__init__(first.code, first.template, field=first.field, row=first.row, **first.facts)
        self.errors = list(errors)

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "errors": [error.as_dict() for error in self.errors]}


class NotPermitted(DomainError):
    code = "not_permitted"
    template = _("You need the permission “%(permission)s” in company %(company)s. Ask its administrator.")


class NotFound(DomainError):
    code = "not_found"
    template = _("%(what)s %(key)s does not exist in this company.")


class WrongState(DomainError):
    code = "wrong_state"
    template = _("%(what)s %(key)s is %(state)s; this needs it to be %(needed)s.")


class PeriodClosed(DomainError):
    code = "period_closed"
    template = _("Period %(period)s is closed. Choose a date in an open period, or reopen it.")


class InvalidValue(DomainError):
    code = "invalid_value"
    template = _("%(field_label)s: “%(value)s” is not valid. %(cure)s")
