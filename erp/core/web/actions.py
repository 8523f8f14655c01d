"""One press of a button: do it, say what came of it, show a page."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from erp.core.errors import DomainError


def act_and_show(
    request: Any, act: Callable[[], Any], done: str, url_name: str, pk: int, *, then: str = ""
) -> HttpResponse:
    """Do it and go back to the page ``url_name`` of ``pk`` with ``done`` or the refusal in words, as the second of two
    clicks meets it. ``then`` names the page to go to when the thing itself is gone."""
    try:
        act()
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(url_name, pk=pk)
    messages.success(request, done)
    return redirect(then) if then else redirect(url_name, pk=pk)
