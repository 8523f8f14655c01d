"""Gap-free counters: one row per company, scope and key, advanced in the caller's transaction."""

from django.db import models

from erp.core.companies.models import Company


class NumberCounter(models.Model):
    """The last number given in a scope. Advanced by ``services.take`` only; rolled back with its user."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    scope = models.CharField(max_length=40)
    key = models.CharField(max_length=40)
    last = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "scope", "key"], name="one_counter_per_scope")]
