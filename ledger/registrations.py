"""What the ledger app registers with the floors below when Django starts."""


def register() -> None:
    """Called once by the app's ``ready``."""
    from erp.core.companies.setup import register_completer, register_installer
    from erp.core.health.checks import register_check
    from ledger import api, navigation_items, setup, verify
    from ledger.accounts.files import SHEET as CHART_SHEET
    from ledger.analysis.budget_control import check_saving
    from ledger.bank import verify as bank_verify
    from ledger.cash_flow import verify as cash_flow_verify
    from ledger.clearing import verify as clearing_verify
    from ledger.closing import issue, ledger_checks, steps
    from ledger.dimensions.files import SHEET as DIMENSIONS_SHEET
    from ledger.imports import services as voucher_imports
    from ledger.imports.sheets import register_sheet
    from ledger.interchange import background as exports
    from ledger.openings.files import SHEET as OPENINGS
    from ledger.posting import events  # noqa: F401  (connects the receiver)
    from ledger.posting.health import posting_queue
    from ledger.vouchers.hooks import register_check as register_voucher_check

    register_installer(10, setup.install)
    register_completer(10, setup.complete)
    register_check("posting", posting_queue)
    verify.register()
    for room in (cash_flow_verify, bank_verify, clearing_verify):
        room.register()
    ledger_checks.register()
    issue.register()
    steps.register()
    navigation_items.register()
    api.register()
    exports.register()
    register_voucher_check(check_saving)
    voucher_imports.register()
    for sheet in (OPENINGS, CHART_SHEET, DIMENSIONS_SHEET):
        register_sheet(sheet)
