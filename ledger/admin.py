"""Django finds the admin of the ledger here; each subject has its own."""

from ledger.accounts import admin as accounts_admin
from ledger.currencies import admin as currencies_admin
from ledger.posting import admin as posting_admin

__all__ = ["accounts_admin", "currencies_admin", "posting_admin"]
