"""What inventory gives a new company: main warehouse, root categories, posting rules of stock documents."""

from django.contrib.admin.utils import label_for_field
from django.db.models import Choices
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company, DeliveryPolicy
from erp.core.errors import DomainError
from inventory.costing.reclassification import RULES as RECLASSIFICATION_RULES
from inventory.counts.default_rules import RULES as COUNT_RULES
from inventory.default_rules import RULES
from inventory.items.models import ServiceType
from inventory.items.services import NewCategory, ensure_categories
from inventory.preferences import preferences_of
from inventory.purchasing.default_rules import RULES as PURCHASING_RULES
from inventory.warehouses.services import MAIN, ensure_transit, ensure_warehouse
from ledger.posting.default_rules import install_rules


class PolicyNotAvailable(DomainError):
    code = "policy_not_available"
    template = _("%(policy)s: “%(value)s” is not available yet. Choose “%(available)s”.")


# Names are in the language of the books.
CATEGORIES = (
    NewCategory("GOODS", "商品"),
    NewCategory("SERVICE", "服务", None, ServiceType.OTHER),
    NewCategory("FREIGHT", "运费", "SERVICE", ServiceType.FREIGHT),
    NewCategory("MANUAL", "手工收费", "SERVICE", ServiceType.MANUAL),
    NewCategory("DISCOUNT", "折扣", "SERVICE", ServiceType.DISCOUNT),
    NewCategory("SAMPLE", "样品", "SERVICE", ServiceType.SAMPLE),
    NewCategory("PLATFORM_FEE", "平台服务费", "SERVICE", ServiceType.PLATFORM_FEE),
    NewCategory("BANK_CHARGE", "银行手续费", "SERVICE", ServiceType.BANK_CHARGE),
    NewCategory("GIFT_VOUCHER", "礼品券", "SERVICE", ServiceType.GIFT_VOUCHER),
)


def install(company: Company) -> None:
    """Fill a new company. Refuses policies whose costing does not exist: silently costing otherwise would be worse."""
    require_policy(company, "delivery_policy", DeliveryPolicy.COGS_AT_DELIVERY)
    ensure_warehouse(company, MAIN, "主仓库")
    ensure_categories(company, CATEGORIES)
    complete(company)


def complete(company: Company) -> None:
    """What later versions added, each step only what is missing (``manage.py complete_companies``)."""
    preferences_of(company)
    ensure_transit(company)
    install_rules(company, (*RULES, *COUNT_RULES, *PURCHASING_RULES, *RECLASSIFICATION_RULES))


def require_policy(company: Company, field: str, available: Choices) -> None:
    """Raise ``PolicyNotAvailable`` unless the company's policy is the one that exists."""
    if getattr(company, field) != available:
        raise PolicyNotAvailable(
            field=field,
            policy=label_for_field(field, Company),
            value=getattr(company, f"get_{field}_display")(),
            available=available.label,
        )
