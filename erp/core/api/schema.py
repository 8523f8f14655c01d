"""What each operation of the API says of itself in the OpenAPI schema."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from erp.core.api.company import HEADER, PARAMETER
from erp.core.api.errors import ProblemSerializer

COMPANY_PARAMETERS = [
    OpenApiParameter(
        PARAMETER,
        OpenApiTypes.STR,
        OpenApiParameter.QUERY,
        description="Code of the company. Needed (here or as header) when you belong to several.",
    ),
    OpenApiParameter(HEADER, OpenApiTypes.STR, OpenApiParameter.HEADER, description="The same as a header."),
]
KEY_PARAMETER = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Any text of your own, at most 100 characters: the request is done once, however often it is sent.",
)
REFUSALS = {
    "400": _("The request names a value that does not fit."),
    "401": _("Log in, or send a token."),
    "403": _("Your roles in this company do not allow it."),
    "404": _("It does not exist in this company."),
    "409": _("The books forbid it now, or the key belongs to another request."),
}


class CompanySchema(AutoSchema):
    """Adds the choice of company and the refusals to every operation of a company."""

    def get_override_parameters(self) -> list[Any]:
        once = [KEY_PARAMETER] if self.method == "POST" else []
        return [*COMPANY_PARAMETERS, *once, *super().get_override_parameters()]

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        if direction == "response":
            for status, description in REFUSALS.items():
                if status == "409" and self.method == "GET":
                    continue
                bodies.setdefault(
                    status, {**self._get_response_for_code(ProblemSerializer, status), "description": str(description)}
                )
        return bodies
