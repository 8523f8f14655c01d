"""Base classes of the API's views that change something: a permission per action, one transaction, exactly once.

A view names the permission of each of its writing actions in ``action_permissions``; an action that is not named
there cannot be called. A POST with the header ``Idempotency-Key`` is done once: the same request again gets the same
answer, another request under the same key is refused. A refused request did nothing, so its key stays unused.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from erp.core.access.permissions import PERMISSION_LABELS
from erp.core.api.models import IdempotentAnswer
from erp.core.api.views import CompanyScoped, CompanyViewSet
from erp.core.errors import DomainError, NotPermitted
from erp.core.retries import transactional

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"

Handler = Callable[..., Any]


class KeyReused(DomainError):
    code = "idempotency_key_reused"
    template = _("Idempotency-Key %(key)s already answered another request. Send a new key with a new request.")


class KeyTooLong(DomainError):
    code = "idempotency_key_too_long"
    template = _("Idempotency-Key has %(length)s characters; at most 100 are kept.")


class CompanyWrites(CompanyScoped):
    """Mixin of views that write. ``action_permissions``: name of the action → permission.

    Reading actions take ``required_permission`` unless they are named too.
    """

    action_permissions: ClassVar[Mapping[str, str]] = {}

    def permission_needed(self) -> str:
        action: str = getattr(self, "action", None) or ""
        if self.request.method in SAFE_METHODS or not action:
            return self.action_permissions.get(action, self.required_permission)
        return self.action_permissions[action]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = (request.method or "").lower()
        handler = getattr(self, method, None)
        if handler is not None and request.method not in SAFE_METHODS:
            setattr(self, method, partial(self._in_one_transaction, handler))

    def need(self, permission: str) -> None:
        """Raise ``NotPermitted`` unless the user may do this too, for actions whose body says what is done."""
        if not self.access.may(permission):
            raise NotPermitted(permission=PERMISSION_LABELS[permission], company=self.company)

    def read(self, form: type[serializers.BaseSerializer[Any]], **kwargs: Any) -> Any:
        """The request's body as ``form`` understands it. Its errors are the answer 400."""
        filled = form(data=self.request.data, context={"view": self, "request": self.request}, **kwargs)
        filled.is_valid(raise_exception=True)
        return filled.validated_data

    def _in_one_transaction(self, handler: Handler, request: Request, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(KEY_HEADER, "") if request.method == "POST" else ""
        if len(key) > 100:
            raise KeyTooLong(length=len(key), field=KEY_HEADER)
        if key:
            handler = partial(self._once, handler, key, _hash(request))
        return _run(handler, request, *args, **kwargs)

    def _once(self, handler: Handler, key: str, digest: str, request: Request, *args: Any, **kwargs: Any) -> Any:
        """Do it unless the key was answered. Whoever comes second waits at the INSERT until the first is through."""
        mine = {"company": self.company, "user_id": request.user.pk, "key": key}
        IdempotentAnswer.objects.bulk_create([IdempotentAnswer(**mine, request_hash=digest)], ignore_conflicts=True)
        row = IdempotentAnswer.objects.get(**mine)
        if row.request_hash != digest:
            raise KeyReused(key=key)
        if row.status is not None:
            return Response(row.answer, status=row.status, headers={REPLAYED_HEADER: "true"})
        response = handler(request, *args, **kwargs)
        row.status = response.status_code
        row.answer = json.loads(JSONRenderer().render(response.data)) if response.data is not None else None
        row.save(update_fields=["status", "answer"])
        return response


class CompanyWriteViewSet(CompanyWrites, CompanyViewSet):
    """List and detail as ``CompanyViewSet``, and actions that write."""


@transactional
def _run(handler: Handler, request: Request, *args: Any, **kwargs: Any) -> Any:
    response = handler(request, *args, **kwargs)
    if response.status_code >= 400:
        transaction.set_rollback(True)
    return response


def _hash(request: Request) -> str:
    """What makes two requests the same: method, address with its query, body."""
    sent = request._request
    head = f"{sent.method} {sent.get_full_path()}\n".encode()
    return hashlib.sha256(head + sent.body).hexdigest()
