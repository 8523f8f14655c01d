"""The general ledger as a Django app. It knows nothing of stock or customers."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = _("General ledger")

    def ready(self) -> None:
        from ledger import registrations

        registrations.register()
