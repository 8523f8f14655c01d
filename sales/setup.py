"""What sales gives a new company: the cash customer, a customer group, the rules of invoices and revenue mappings."""

from erp.core.companies.models import Company, RevenuePolicy, Standard
from inventory.items.models import ItemCategory
from inventory.setup import require_policy
from ledger.accounts.models import Account
from ledger.posting.default_rules import install_rules
from ledger.posting.mappings import Selector, save_mapping
from ledger.posting.models import AccountKey
from sales.customers.services import CASH, GENERAL, NewCustomer, NewGroup, ensure_customers, ensure_groups
from sales.default_rules import REVENUE_ACCOUNTS, RULES


def install(company: Company) -> None:
    """Fill a new company. Refuses a revenue policy that cannot be followed yet."""
    require_policy(company, "revenue_policy", RevenuePolicy.AT_INVOICE)
    ensure_groups(company, [NewGroup(GENERAL, "一般客户")])
    ensure_customers(company, [NewCustomer(CASH, "现金客户", is_cash=True)])
    install_rules(company, RULES)
    install_revenue_mappings(company)


def install_revenue_mappings(company: Company) -> None:
    """Send each kind of service to its own account, by item category."""
    key = AccountKey.objects.get(company=company, code="revenue")
    accounts = REVENUE_ACCOUNTS[Standard(company.standard)]
    categories = dict(
        ItemCategory.objects.filter(company=company, code__in=accounts).values_list("code", "dimension_value_id")
    )
    account_ids = dict(Account.objects.filter(company=company, code__in=accounts.values()).values_list("code", "id"))
    for category, account in accounts.items():
        save_mapping(company.pk, key.pk, account_ids[account], [Selector("item_category", categories[category])])
