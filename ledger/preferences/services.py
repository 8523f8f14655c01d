"""Read the ledger settings of a company."""

from erp.core.companies.models import Company
from ledger.preferences.models import LedgerPreferences


def preferences_of(company: Company) -> LedgerPreferences:
    """The company's row, with defaults on first use."""
    row, _created = LedgerPreferences.objects.get_or_create(company=company)
    return row
