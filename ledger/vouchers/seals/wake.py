"""Ask for sealing once what was posted is committed."""

from functools import partial

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def seal_on_commit(company_id: int) -> None:
    """Have the company's new posted vouchers sealed soon after this transaction is through."""
    transaction.on_commit(partial(_wake, company_id))


def _wake(company_id: int) -> None:
    """A broker that is away costs promptness, not seals: the sweep comes."""
    from ledger.vouchers.seals.tasks import seal_company

    try:
        seal_company.apply_async(args=[company_id], retry=False)
    except (OperationalError, OSError) as error:
        log.warning("seal_wake_lost", company_id=company_id, error=str(error))
