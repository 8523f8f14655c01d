"""What the inventory app registers with the floors below when Django starts."""


def register() -> None:
    """Called once by the app's ``ready``."""
    from erp.core.companies.setup import register_completer, register_installer
    from inventory import api, closing, document_links, event_types, navigation_items, setup, verify
    from inventory.availability import navigation_items as availability_navigation
    from inventory.costing import navigation_items as costing_navigation
    from inventory.costing import reclassification
    from inventory.counts import events as count_events
    from inventory.counts import navigation_items as count_navigation
    from inventory.documents import import_target
    from inventory.documents.parties import register_parties
    from inventory.items.sheets import CATEGORIES, ITEMS
    from inventory.lots import navigation_items as lot_navigation
    from inventory.purchasing import events as purchasing_events
    from inventory.purchasing import navigation_items as purchasing_navigation
    from inventory.suppliers import navigation_items as supplier_navigation
    from inventory.suppliers.queries import parties
    from inventory.suppliers.sheets import SUPPLIERS
    from inventory.warehouses.sheets import BINS, WAREHOUSES
    from ledger.imports.sheets import register_sheet

    register_installer(20, setup.install)
    register_completer(20, setup.complete)
    register_parties(parties)
    for sheet in (CATEGORIES, ITEMS, WAREHOUSES, BINS, SUPPLIERS):
        register_sheet(sheet)
    import_target.register()
    document_links.register()
    event_types.register()
    count_events.register()
    reclassification.register()
    purchasing_events.register()
    verify.register()
    closing.register()
    api.register()
    for subject in (
        navigation_items,
        purchasing_navigation,
        supplier_navigation,
        count_navigation,
        availability_navigation,
        lot_navigation,
        costing_navigation,
    ):
        subject.register()
