"""Roles that one person should not hold together (会计法 art. 35: who keeps the cash keeps no books and reviews none).

One of the two memberships must give a reason, which the tracked history keeps. The model says so in its form, and the
database to everybody.
"""

import pgtrigger
from django.utils.translation import gettext_lazy as _

from erp.core.access.permissions import Role
from erp.core.errors import DomainError

# Cashier on one side, these on the other.
BESIDE_CASHIER = frozenset({Role.REVIEWER, Role.ACCOUNTANT})


class ConflictingRoles(DomainError):
    code = "conflicting_roles"
    template = _("%(user)s would be cashier and %(role)s in one person. Give a reason, or choose another person.")


def conflicting(role: str) -> frozenset[str]:
    """Roles that need a reason beside this one."""
    if role == Role.CASHIER:
        return BESIDE_CASHIER
    return frozenset({Role.CASHIER}) if role in BESIDE_CASHIER else frozenset()


_OTHERS = ", ".join(f"'{role.value}'" for role in sorted(BESIDE_CASHIER))

# The advisory lock makes two grants to one person at the same time see each other.
GUARD = pgtrigger.Trigger(
    name="conflicting_roles_need_a_reason",
    level=pgtrigger.Row,
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func=f"""
        PERFORM pg_advisory_xact_lock(hashtext('core.membership'), NEW.user_id::int);
        IF EXISTS (SELECT 1 FROM core_membership a JOIN core_membership b USING (company_id, user_id)
                    WHERE a.company_id = NEW.company_id AND a.user_id = NEW.user_id
                      AND a.role = 'cashier' AND b.role IN ({_OTHERS})
                      AND a.conflict_reason = '' AND b.conflict_reason = '') THEN
            RAISE EXCEPTION 'cashier and reviewer or accountant in one person need a reason'
                USING ERRCODE = '23514', CONSTRAINT = 'conflicting_roles_need_a_reason';
        END IF;
        RETURN NULL;
    """,
)
