"""What the ledger adds to the navigation and to the reports."""

from django.utils.translation import gettext_lazy as _

from erp.core import reports
from erp.core.web import navigation
from erp.core.web.navigation import NavItem


def register() -> None:
    """Called once by the app's ``ready``."""
    from ledger.accounts.report import CHART
    from ledger.bank.reports import REPORTS as BANK_REPORTS
    from ledger.books.reports import REPORTS
    from ledger.cash_flow.reports import REPORTS as CASH_FLOW_REPORTS
    from ledger.clearing.reports import REPORTS as CLEARING_REPORTS
    from ledger.posting.monitor.report import EVENTS
    from ledger.statements.reports import REPORTS as STATEMENTS

    for report in (*REPORTS, *CASH_FLOW_REPORTS, *BANK_REPORTS, *CLEARING_REPORTS, *STATEMENTS, CHART, EVENTS):
        reports.register(report)
    navigation.register(
        NavItem("ledger", _("Vouchers"), "voucher_list", "file-text", "ledger.view_voucher", 10),
        NavItem("ledger", _("New voucher"), "voucher_create", "pencil", "ledger.enter_voucher", 20),
        NavItem("ledger", _("Voucher templates"), "aids_templates", "files", "ledger.enter_voucher", 22),
        NavItem("ledger", _("Import and export"), "imports_vouchers", "file-import", "ledger.view_voucher", 27),
        NavItem("ledger", _("Chart of accounts"), "account_list", "sitemap", "ledger.view_account", 30),
        NavItem("ledger", _("Dimensions"), "dimensions_types", "category", "ledger.view_account", 31),
        NavItem("ledger", _("Opening balances"), "openings_grid", "scale", "ledger.view_report", 32),
        NavItem("ledger", _("Ledger settings"), "preferences_edit", "settings", "ledger.view_account", 90),
        NavItem("ledger", _("Periods"), "period_list", "calendar", "ledger.view_report", 40),
        NavItem("ledger", _("Period end"), "closing_home", "lock", "ledger.view_report", 42),
        NavItem("ledger", _("Transfer templates"), "closing_transfers", "arrows-exchange", "ledger.view_report", 44),
        NavItem("ledger", _("Currencies and rates"), "currency_list", "coin", "ledger.view_account", 46),
        NavItem("ledger", _("Cash flow"), "cash_flow_workbench", "cash", "ledger.view_report", 50),
        NavItem("ledger", _("Bank reconciliation"), "bank_accounts", "building", "ledger.view_report", 52),
        NavItem("ledger", _("Open items and ages"), "clearing_ageing", "arrows-exchange", "ledger.view_report", 54),
        NavItem("books", _("Trial balance"), "trial_balance", "scale", "ledger.view_report", 10),
        NavItem("books", _("General ledger"), "general_ledger", "scale", "ledger.view_report", 12),
        NavItem("books", _("Account lines"), "account_lines", "list-details", "ledger.view_report", 14),
        NavItem("books", _("Multi-column book"), "multicolumn", "list-details", "ledger.view_report", 16),
        NavItem("books", _("Journal in time order"), "journal", "calendar", "ledger.view_report", 18),
        NavItem("books", _("Summary of vouchers"), "voucher_summary", "file-text", "ledger.view_report", 19),
        NavItem("books", _("Cash and bank journal"), "cash_journal", "coin", "ledger.view_report", 20),
        NavItem("books", _("Quantity and amount ledger"), "quantity_totals", "sitemap", "ledger.view_report", 22),
        NavItem("books", _("Quantity and amount lines"), "quantity_lines", "list-details", "ledger.view_report", 23),
        NavItem("books", _("Balances by dimension value"), "dimension_balances", "scale", "ledger.view_report", 24),
        NavItem("books", _("Lines of a dimension value"), "dimension_lines", "list-details", "ledger.view_report", 25),
        NavItem("books", _("Table of dimensions"), "dimension_table", "sitemap", "ledger.view_report", 26),
        NavItem("books", _("Export of data"), "interchange_export", "download", "ledger.export_data", 400),
        NavItem("books", _("Archive packages"), "interchange_archives", "lock", "ledger.export_data", 410),
        NavItem("books", _("Budgets"), "analysis_budgets", "report-money", "ledger.view_analysis", 310),
        NavItem("books", _("Ratios"), "analysis_ratios", "activity", "ledger.view_analysis", 305),
        NavItem("books", _("Pivot"), "analysis_pivot", "chart-bar", "ledger.view_analysis", 300),
        NavItem("books", _("Statements"), "statements_list", "report-money", "ledger.view_statement", 200),
        NavItem("link", _("Link monitor"), "posting_monitor", "affiliate", "ledger.view_posting", 10),
        NavItem(
            "link",
            _("Posting rules"),
            "admin:ledger_postingrule_changelist",
            "adjustments",
            "ledger.manage_posting_rule",
            20,
        ),
        NavItem(
            "link",
            _("Account mappings"),
            "admin:ledger_accountmapping_changelist",
            "arrows-exchange",
            "ledger.manage_posting_rule",
            30,
        ),
    )
