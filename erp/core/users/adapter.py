"""allauth adapter: nobody signs up by themselves; administrators create users."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InvitedUsersOnly(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
