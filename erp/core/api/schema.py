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
REFUSALS = {
    "400": _("The request names a value that does not fit."),
    "401": _("Log in, or send a token."),
    "403": _("Your roles in this company do not allow it."),
    "404": _("It does not exist in this company."),
}


class CompanySchema(AutoSchema):
    """Adds the choice of company and the refusals to every operation of a company."""

    def get_override_parameters(self) -> list[Any]:
        return [*COMPANY_PARAMETERS, *super().get_override_parameters()]

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        if direction == "response":
            for status, description in REFUSALS.items():
                bodies.setdefault(
                    status, {**self._get_response_for_code(ProblemSerializer, status), "description": str(description)}
                )
        return bodies
