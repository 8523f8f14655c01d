"""A token for programs: given for name and password (and the code of the second factor), taken back by DELETE."""

from typing import Any, cast

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import authenticate
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from erp.core.api.errors import ProblemSerializer
from erp.core.errors import DomainError


class LockedOut(DomainError):
    code = "locked_out"
    template = _("Too many failed logins. Wait a quarter of an hour, or ask an administrator to unlock you.")


class CodeNeeded(DomainError):
    code = "code_needed"
    template = _("This user logs in with a second factor. Send its current code as “code”.")


class LoginSerializer(serializers.Serializer[Any]):
    username = serializers.CharField()
    password = serializers.CharField(trim_whitespace=False, style={"input_type": "password"})
    code = serializers.CharField(
        required=False, allow_blank=True, help_text="Code of the second factor, if one is set up."
    )


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()


class TokenView(APIView):
    """Log in for a token; send it as ``Authorization: Token …``."""

    # A session must not hand out tokens by a forged form, so only name and password count here.
    authentication_classes = [TokenAuthentication]

    def get_permissions(self) -> list[Any]:
        return [IsAuthenticated()] if self.request and self.request.method == "DELETE" else [AllowAny()]

    @extend_schema(
        operation_id="token_create",
        request=LoginSerializer,
        responses={200: TokenSerializer, 400: ProblemSerializer, 401: ProblemSerializer, 429: ProblemSerializer},
    )
    def post(self, request: Request) -> Response:
        form = LoginSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        http_request = request._request
        user = authenticate(http_request, username=given["username"], password=given["password"])
        if getattr(http_request, "axes_locked_out", False):
            http_request.axes_locked_out = False  # type: ignore[attr-defined]  # else its middleware answers with a page
            raise LockedOut()
        if user is None:
            raise exceptions.AuthenticationFailed()
        factor = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).first()
        if factor is not None:
            if not given.get("code"):
                raise CodeNeeded(field="code")
            if not TOTP(factor).validate_code(given["code"]):
                raise exceptions.AuthenticationFailed()
        token, _made = Token.objects.get_or_create(user=user)
        return Response({"token": token.key})

    @extend_schema(
        operation_id="token_delete",
        request=None,
        responses={204: OpenApiResponse(description="The token is no longer valid."), 401: ProblemSerializer},
    )
    def delete(self, request: Request) -> Response:
        Token.objects.filter(user_id=cast(int, request.user.pk)).delete()
        return Response(status=204)
