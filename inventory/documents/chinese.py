"""The Chinese words of stock documents on paper and in workbooks: records of the books in any language of the page."""

from inventory.documents.models import AllocateBy, DocumentKind, LineRole, Reason

KINDS: dict[str, str] = {
    DocumentKind.PURCHASE_RECEIPT: "采购入库",
    DocumentKind.PURCHASE_RETURN: "采购退货",
    DocumentKind.DELIVERY: "销售出库",
    DocumentKind.SALES_RETURN: "销售退货",
    DocumentKind.OTHER_RECEIPT: "其他入库",
    DocumentKind.OTHER_ISSUE: "其他出库",
    DocumentKind.TRANSFER: "直接调拨",
    DocumentKind.TRANSFER_OUT: "调拨发出",
    DocumentKind.TRANSFER_IN: "调拨收货",
    DocumentKind.COUNT_GAIN: "盘盈入库",
    DocumentKind.COUNT_LOSS: "盘亏出库",
    DocumentKind.SCRAP: "报废",
    DocumentKind.ASSEMBLY: "组装",
    DocumentKind.DISASSEMBLY: "拆卸",
    DocumentKind.PRODUCTION_ISSUE: "生产领料",
    DocumentKind.PRODUCTION_RETURN: "生产退料",
    DocumentKind.FINISHED_RECEIPT: "产成品入库",
    DocumentKind.LANDED_COST: "采购费用分摊",
    DocumentKind.COST_ADJUSTMENT: "成本调整",
    DocumentKind.PRICE_CHANGE: "计划价调整",
    DocumentKind.INVOICE_VARIANCE: "发票差异",
}
REASONS: dict[str, str] = {
    Reason.OPENING: "期初",
    Reason.DONATION: "捐赠",
    Reason.FOUND: "盘盈",
    Reason.OTHER: "其他",
    Reason.CONSUMPTION: "自用",
    Reason.GIFT: "赠送",
    Reason.SAMPLE: "样品",
    Reason.WELFARE: "职工福利",
    Reason.CORRECTION: "库存更正",
    Reason.MISMANAGEMENT: "管理不善",
    Reason.NATURAL_LOSS: "合理损耗",
    Reason.DISASTER: "自然灾害",
    Reason.IN_TRANSIT: "途中损失",
}
ROLES: dict[str, str] = {LineRole.CONSUMED: "消耗", LineRole.PRODUCED: "产出"}
SPREADS: dict[str, str] = {
    AllocateBy.VALUE: "按金额",
    AllocateBy.QUANTITY: "按数量",
    AllocateBy.WEIGHT: "按重量",
    AllocateBy.VOLUME: "按体积",
}
