"""Answers of the API to requests that carried an Idempotency-Key: the same request again gets the same answer."""

from django.conf import settings
from django.db import models

from erp.core.companies.models import Company


class IdempotentAnswer(models.Model):
    """``request_hash`` covers method, path and body: the key with another request is refused."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "user", "key"], name="one_answer_per_key")]
