"""How the API refuses: ``{"code", "message", "facts"[, "field", "row", "errors"]}`` with the HTTP status that fits.

The same ``DomainError`` that a page shows at the field leaves here with its stable code and its facts.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import exception_handler as framework_handler

from erp.core.errors import DomainError, InvalidValue, NotFound, NotPermitted, PeriodClosed, SeveralRefusals, WrongState

# First match counts. What the books or another user's work forbid now is a conflict; the rest is a bad request.
_STATUS: tuple[tuple[type[DomainError], HTTPStatus], ...] = (
    (NotPermitted, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (InvalidValue, HTTPStatus.BAD_REQUEST),
    (SeveralRefusals, HTTPStatus.BAD_REQUEST),
    (WrongState, HTTPStatus.CONFLICT),
    (PeriodClosed, HTTPStatus.CONFLICT),
)
_STATUS_OF_CODE: Mapping[str, HTTPStatus] = {
    "company_unknown": HTTPStatus.NOT_FOUND,
    "no_company": HTTPStatus.FORBIDDEN,
    "company_needed": HTTPStatus.BAD_REQUEST,
    "report_parameters": HTTPStatus.BAD_REQUEST,
    "locked_out": HTTPStatus.TOO_MANY_REQUESTS,
}


class ProblemSerializer(serializers.Serializer[Any]):
    """A refusal. ``code`` is stable, ``message`` is in the language of the request."""

    code = serializers.CharField()
    message = serializers.CharField()
    facts = serializers.DictField(child=serializers.CharField())
    field = serializers.CharField(required=False)
    row = serializers.IntegerField(required=False)
    errors = serializers.ListField(  # type: ignore[assignment]
        child=serializers.DictField(), required=False, help_text="All refusals, when there are several."
    )


def status_of(error: DomainError) -> HTTPStatus:
    """The HTTP status of a refusal."""
    if error.code in _STATUS_OF_CODE:
        return _STATUS_OF_CODE[error.code]
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status
    return HTTPStatus.BAD_REQUEST if error.field else HTTPStatus.CONFLICT


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: what is no refusal and no HTTP error goes on to Django's own 500."""
    if isinstance(error, DomainError):
        return Response(error.as_dict(), status=status_of(error))
    response = framework_handler(error, context)
    if response is None:
        return None
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    response.data = _problem(error, response.data)
    return response


def _problem(error: Exception, shown: Any) -> dict[str, Any]:
    """DRF's own errors in our form; errors of several fields are facts by field name."""
    if isinstance(error, exceptions.ValidationError) and isinstance(shown, dict):
        facts = {
            name: " ".join(map(str, texts if isinstance(texts, list) else [texts])) for name, texts in shown.items()
        }
        first = next(iter(facts))
        return {"code": "invalid", "message": facts[first], "facts": facts, "field": first}
    if isinstance(error, exceptions.APIException):
        code = error.get_codes()
        return {"code": code if isinstance(code, str) else "invalid", "message": str(error.detail), "facts": {}}
    detail = shown.get("detail", "") if isinstance(shown, dict) else shown
    return {"code": "refused", "message": str(detail), "facts": {}}
