"""Membership: the roles a user holds in a company."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.access import conflicts
from erp.core.access.permissions import Role
from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company


@tracked()
class Membership(models.Model):
    """One role of one user in one company; several rows give several roles."""

    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("company")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=12, choices=Role)
    conflict_reason = models.CharField(
        _("reason for a conflicting role"),
        max_length=200,
        blank=True,
        help_text=_("Cashier and reviewer (or accountant) in one person need a reason, which is kept."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["company", "user", "role"], name="one_membership_per_role")]
        triggers = [conflicts.GUARD]

    def __str__(self) -> str:
        return f"{self.company.code}: {self.user} – {self.get_role_display()}"

    def clean(self) -> None:
        """For forms: the reason is asked for at its field."""
        from erp.core.access.services import unexplained_conflict

        if self.conflict_reason.strip() or self.user_id is None or self.company_id is None:
            return
        if other := unexplained_conflict(self.company, self.user, self.role, besides=self.pk):
            refusal = conflicts.ConflictingRoles(user=self.user, role=Role(other).label)
            raise ValidationError({"conflict_reason": refusal.message})
