"""Give roles to people."""

from typing import Any

from django.db import transaction

from erp.core.access.conflicts import ConflictingRoles, conflicting
from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.companies.models import Company


def grant(company: Company, user: Any, role: str, *, reason: str = "") -> Membership:
    """Give the user the role in the company; nothing changes if they have it.

    Raises ``ConflictingRoles`` when cashier and reviewer or accountant would be one person without a ``reason``.
    """
    reason = reason.strip()[:200]
    with transaction.atomic():
        type(user).objects.select_for_update().get(pk=user.pk)  # two grants to one person wait for each other
        if (other := unexplained_conflict(company, user, role)) and not reason:
            raise ConflictingRoles(user=user, role=Role(other).label, field="conflict_reason")
        membership, _made = Membership.objects.get_or_create(
            company=company, user=user, role=role, defaults={"conflict_reason": reason}
        )
    return membership


def unexplained_conflict(company: Company, user: Any, role: str, *, besides: int | None = None) -> str | None:
    """The role beside cashier that makes this one a conflict nobody has given a reason for, if any.

    ``besides``: id of the membership that would get the role.
    """
    other = (
        Membership.objects.filter(company=company, user=user, role__in=conflicting(role), conflict_reason="")
        .exclude(pk=besides or 0)
        .values_list("role", flat=True)
        .first()
    )
    if other is None:
        return None
    return role if other == Role.CASHIER else other
