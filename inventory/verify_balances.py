"""Invariants of what is kept of stock: balances, pools, lots and layers are what the moves make of them."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company, CostPool
from erp.core.verify import sentences


def _values(company: Company) -> dict[str, object]:
    return {"company": company.pk, "pools_all": company.cost_pool == CostPool.COMPANY}


def balances(company: Company) -> Iterator[str]:
    """By item and warehouse. Where the item has one cost in the company, its value is kept by pool and is 0 here."""
    yield from sentences(
        _(
            "Item %(item)s in %(warehouse)s: on hand %(qty)s worth %(value)s; its moves make %(moved_qty)s worth "
            "%(moved_value)s."
        ),
        """WITH moves AS (SELECT m.item_id, m.warehouse_id, sum(m.qty) AS qty,
                                 CASE WHEN %(pools_all)s OR i.cost_method = 'monthly_average' THEN 0
                                      ELSE sum(m.value) END AS value
                            FROM (SELECT item_id, warehouse_id, sum(qty) AS qty, sum(value) AS value
                                    FROM inventory_stockmove WHERE company_id = %(company)s
                                   GROUP BY item_id, warehouse_id) m
                            JOIN inventory_item i ON i.id = m.item_id
                           GROUP BY m.item_id, m.warehouse_id, i.cost_method),
           kept AS (SELECT * FROM inventory_stockbalance WHERE company_id = %(company)s)
           SELECT i.code AS item, w.name AS warehouse, k.qty, k.value, m.qty AS moved_qty, m.value AS moved_value
             FROM moves m
             FULL JOIN kept k USING (item_id, warehouse_id)
             LEFT JOIN inventory_item i ON i.id = item_id
             LEFT JOIN inventory_warehouse w ON w.id = warehouse_id
            WHERE (coalesce(m.qty, 0), coalesce(m.value, 0)) <> (coalesce(k.qty, 0), coalesce(k.value, 0))
               OR (k.qty < 0 AND NOT k.may_go_negative) OR (k.qty >= 0 AND k.value < 0) OR (k.qty = 0 AND k.value <> 0)
            ORDER BY i.code, w.name""",
        _values(company),
    )


def pools(company: Company) -> Iterator[str]:
    values = _values(company)
    yield from sentences(
        _("Pool of item %(item)s: %(qty)s worth %(value)s; its moves make %(moved_qty)s worth %(moved_value)s."),
        """WITH moves AS (SELECT m.item_id, CASE WHEN i.cost_method = 'specific' THEN coalesce(m.lot_id, 0) ELSE 0 END
                                   AS lot, sum(m.qty) AS qty, sum(m.value) AS value
                            FROM inventory_stockmove m JOIN inventory_item i ON i.id = m.item_id
                           WHERE m.company_id = %(company)s AND (%(pools_all)s OR i.cost_method = 'monthly_average')
                           GROUP BY 1, 2),
           kept AS (SELECT item_id, coalesce(lot_id, 0) AS lot, qty, value FROM inventory_poolbalance
                     WHERE company_id = %(company)s)
           SELECT i.code AS item, k.qty, k.value, m.qty AS moved_qty, m.value AS moved_value
             FROM moves m FULL JOIN kept k USING (item_id, lot) LEFT JOIN inventory_item i ON i.id = item_id
            WHERE (coalesce(m.qty, 0), coalesce(m.value, 0)) <> (coalesce(k.qty, 0), coalesce(k.value, 0))
               OR (k.qty >= 0 AND k.value < 0) OR (k.qty = 0 AND k.value <> 0)
            ORDER BY i.code""",
        values,
    )
    yield from sentences(
        _(
            "Lot %(lot)s of item %(item)s in %(warehouse)s: %(qty)s worth %(value)s; its moves make %(moved_qty)s "
            "worth %(moved_value)s."
        ),
        """WITH moves AS (SELECT m.item_id, m.warehouse_id, m.lot_id, sum(m.qty) AS qty,
                                 CASE WHEN i.cost_method = 'specific' AND NOT %(pools_all)s THEN sum(m.value)
                                      ELSE 0 END AS value
                            FROM inventory_stockmove m JOIN inventory_item i ON i.id = m.item_id
                           WHERE m.company_id = %(company)s AND m.lot_id IS NOT NULL
                           GROUP BY m.item_id, m.warehouse_id, m.lot_id, i.cost_method),
           kept AS (SELECT * FROM inventory_lotbalance WHERE company_id = %(company)s)
           SELECT t.number AS lot, i.code AS item, w.name AS warehouse, k.qty, k.value, m.qty AS moved_qty,
                  m.value AS moved_value
             FROM moves m FULL JOIN kept k USING (item_id, warehouse_id, lot_id)
             LEFT JOIN inventory_item i ON i.id = item_id
             LEFT JOIN inventory_lot t ON t.id = lot_id
             LEFT JOIN inventory_warehouse w ON w.id = warehouse_id
            WHERE (coalesce(m.qty, 0), coalesce(m.value, 0)) <> (coalesce(k.qty, 0), coalesce(k.value, 0))
            ORDER BY i.code, t.number""",
        values,
    )
    yield from sentences(
        _("Layers of item %(item)s: %(qty)s worth %(value)s; its moves make %(moved_qty)s worth %(moved_value)s."),
        """WITH moves AS (SELECT m.item_id, CASE WHEN %(pools_all)s THEN 0 ELSE m.warehouse_id END AS place,
                                 sum(m.qty) AS qty, sum(m.value) AS value
                            FROM inventory_stockmove m
                            JOIN inventory_item i ON i.id = m.item_id AND i.cost_method = 'fifo'
                           WHERE m.company_id = %(company)s GROUP BY 1, 2),
           layers AS (SELECT l.item_id, coalesce(l.warehouse_id, 0) AS place, sum(l.qty) AS qty, sum(l.value) AS value
                        FROM inventory_costlayer l
                        JOIN inventory_item i ON i.id = l.item_id AND i.cost_method = 'fifo'
                       WHERE l.company_id = %(company)s GROUP BY 1, 2)
           SELECT i.code AS item, l.qty, l.value, m.qty AS moved_qty, m.value AS moved_value
             FROM moves m FULL JOIN layers l USING (item_id, place) LEFT JOIN inventory_item i ON i.id = item_id
            WHERE (coalesce(m.qty, 0), coalesce(m.value, 0)) <> (coalesce(l.qty, 0), coalesce(l.value, 0))
            ORDER BY i.code""",
        values,
    )


def over_time(company: Company) -> Iterator[str]:
    """In the order in which moves count; cancelled moves never were. Items that may go below zero are left out, their
    lots are not: a lot never does."""
    yield from sentences(
        _("Item %(item)s in %(warehouse)s was at %(qty)s on %(date)s."),
        """SELECT DISTINCT ON (i.code, w.name) i.code AS item, w.name AS warehouse, r.date, r.qty
             FROM (SELECT m.item_id, m.warehouse_id, m.date, m.sequence, m.id,
                          sum(m.qty) OVER (PARTITION BY m.item_id, m.warehouse_id ORDER BY m.date, m.sequence, m.id
                                           ROWS UNBOUNDED PRECEDING) AS qty
                     FROM inventory_stockmove m
                     JOIN inventory_item i ON i.id = m.item_id AND NOT i.may_go_negative
                    WHERE m.company_id = %(company)s AND m.effect <> 17) r
             JOIN inventory_item i ON i.id = r.item_id
             JOIN inventory_warehouse w ON w.id = r.warehouse_id
            WHERE r.qty < 0
            ORDER BY i.code, w.name, r.date, r.sequence, r.id""",
        _values(company),
    )
    yield from sentences(
        _("Lot %(lot)s of item %(item)s in %(warehouse)s was at %(qty)s on %(date)s."),
        """SELECT DISTINCT ON (i.code, t.number, w.name) t.number AS lot, i.code AS item, w.name AS warehouse, r.date,
                  r.qty
             FROM (SELECT m.item_id, m.warehouse_id, m.lot_id, m.date, m.sequence, m.id,
                          sum(m.qty) OVER (PARTITION BY m.item_id, m.warehouse_id, m.lot_id
                                           ORDER BY m.date, m.sequence, m.id ROWS UNBOUNDED PRECEDING) AS qty
                     FROM inventory_stockmove m
                    WHERE m.company_id = %(company)s AND m.lot_id IS NOT NULL AND m.effect <> 17) r
             JOIN inventory_item i ON i.id = r.item_id
             JOIN inventory_warehouse w ON w.id = r.warehouse_id
             JOIN inventory_lot t ON t.id = r.lot_id
            WHERE r.qty < 0
            ORDER BY i.code, t.number, w.name, r.date, r.sequence, r.id""",
        _values(company),
    )


def closed(company: Company) -> Iterator[str]:
    """The moves until the last closing of stock still make what was kept at it: nothing was recosted behind it."""
    yield from sentences(
        _(
            "Item %(item)s at the end of closed period %(period)s: kept %(qty)s worth %(value)s; its moves make "
            "%(moved_qty)s worth %(moved_value)s."
        ),
        """WITH last AS (SELECT p.id, p."end", p.year, p.number FROM inventory_stockclosing c
                           JOIN ledger_period p ON p.id = c.period_id
                          WHERE c.company_id = %(company)s ORDER BY p.start DESC LIMIT 1),
           moves AS (SELECT m.item_id, sum(m.qty) AS qty, sum(m.value) AS value
                       FROM inventory_stockmove m, last
                      WHERE m.company_id = %(company)s AND m.date <= last."end" GROUP BY m.item_id),
           kept AS (SELECT c.item_id, sum(c.qty) AS qty, sum(c.value) AS value
                      FROM inventory_costcheckpoint c JOIN last ON last.id = c.period_id
                     WHERE c.company_id = %(company)s GROUP BY c.item_id)
           SELECT i.code AS item, last.year || '-' || lpad(last.number::text, 2, '0') AS period, k.qty, k.value,
                  m.qty AS moved_qty, m.value AS moved_value
             FROM moves m FULL JOIN kept k USING (item_id) CROSS JOIN last
             LEFT JOIN inventory_item i ON i.id = item_id
            WHERE (coalesce(m.qty, 0), coalesce(m.value, 0)) <> (coalesce(k.qty, 0), coalesce(k.value, 0))
            ORDER BY i.code""",
        _values(company),
    )
