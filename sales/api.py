"""Sales in the API: customers and their groups, orders, invoices."""

from django_filters import rest_framework as filters
from rest_framework import serializers

from erp.core.api.registry import register as serve
from erp.core.api.views import CompanyViewSet
from sales.customers.models import Customer, CustomerGroup
from sales.invoices.models import SalesInvoice, SalesInvoiceLine
from sales.orders.models import SalesOrder, SalesOrderLine

READ = "sales.view_document"


class CustomerGroupSerializer(serializers.ModelSerializer[CustomerGroup]):
    parent_code = serializers.CharField(source="parent.code", default=None, allow_null=True)

    class Meta:
        model = CustomerGroup
        fields = ["id", "code", "name", "parent_code"]


class CustomerGroupViewSet(CompanyViewSet):
    """Tree of customer groups."""

    model = CustomerGroup
    serializer_class = CustomerGroupSerializer
    required_permission = READ
    related = ("parent",)
    cursor_ordering = ("code", "id")


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    group = serializers.CharField(source="group.code")

    class Meta:
        model = Customer
        fields = ["id", "code", "name", "group", "region", "is_cash", "is_active", "dimension_value"]


class CustomerFilter(filters.FilterSet):
    group = filters.CharFilter(field_name="group__code")
    text = filters.CharFilter(field_name="search_key", lookup_expr="icontains")

    class Meta:
        model = Customer
        fields = ["code", "region", "is_cash", "is_active"]


class CustomerViewSet(CompanyViewSet):
    """Customers, in order of code."""

    model = Customer
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    required_permission = READ
    related = ("group",)
    cursor_ordering = ("code", "id")


class SalesOrderLineSerializer(serializers.ModelSerializer[SalesOrderLine]):
    item = serializers.CharField(source="item.code")

    class Meta:
        model = SalesOrderLine
        fields = ["id", "line_no", "item", "qty", "unit_price", "tax_rate", "net", "tax", "gross", "note"]


class SalesOrderSerializer(serializers.ModelSerializer[SalesOrder]):
    customer = serializers.CharField(source="customer.code")
    warehouse = serializers.CharField(source="warehouse.code")
    lines = SalesOrderLineSerializer(many=True)

    class Meta:
        model = SalesOrder
        fields = [
            "id", "kind", "number", "date", "status", "customer", "warehouse", "price_includes_tax",
            "over_delivery", "net", "tax", "gross", "external_no", "region", "note", "created_at",
            "confirmed_at", "lines",
        ]  # fmt: skip


class SalesOrderFilter(filters.FilterSet):
    customer = filters.CharFilter(field_name="customer__code")

    class Meta:
        model = SalesOrder
        fields = {
            "kind": ["exact"],
            "number": ["exact"],
            "status": ["exact"],
            "external_no": ["exact"],
            "date": ["exact", "gte", "lte"],
        }


class SalesOrderViewSet(CompanyViewSet):
    """Sales orders and returns with their lines, newest first."""

    model = SalesOrder
    serializer_class = SalesOrderSerializer
    filterset_class = SalesOrderFilter
    required_permission = READ
    related = ("customer", "warehouse")
    prefetched = ("lines__item",)
    cursor_ordering = ("-date", "-id")


class SalesInvoiceLineSerializer(serializers.ModelSerializer[SalesInvoiceLine]):
    item = serializers.CharField(source="item.code")

    class Meta:
        model = SalesInvoiceLine
        fields = ["id", "line_no", "order_line", "item", "qty", "unit_price", "tax_rate", "net", "tax", "gross"]


class SalesInvoiceSerializer(serializers.ModelSerializer[SalesInvoice]):
    customer = serializers.CharField(source="customer.code")
    lines = SalesInvoiceLineSerializer(many=True)

    class Meta:
        model = SalesInvoice
        fields = [
            "id", "kind", "number", "date", "status", "customer", "order", "net", "tax", "gross", "external_no",
            "created_at", "confirmed_at", "lines",
        ]  # fmt: skip


class SalesInvoiceFilter(filters.FilterSet):
    customer = filters.CharFilter(field_name="customer__code")
    order = filters.NumberFilter(field_name="order_id")

    class Meta:
        model = SalesInvoice
        fields = {
            "kind": ["exact"],
            "number": ["exact"],
            "status": ["exact"],
            "external_no": ["exact"],
            "date": ["exact", "gte", "lte"],
        }


class SalesInvoiceViewSet(CompanyViewSet):
    """Invoices, blue and red, with their lines, newest first."""

    model = SalesInvoice
    serializer_class = SalesInvoiceSerializer
    filterset_class = SalesInvoiceFilter
    required_permission = READ
    related = ("customer",)
    prefetched = ("lines__item",)
    cursor_ordering = ("-date", "-id")


def register() -> None:
    """Hang sales' part below /api/v1/."""
    serve("customer-groups", CustomerGroupViewSet)
    serve("customers", CustomerViewSet)
    serve("sales-orders", SalesOrderViewSet)
    serve("sales-invoices", SalesInvoiceViewSet)
