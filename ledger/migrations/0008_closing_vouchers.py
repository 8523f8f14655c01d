from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0007_cash_flow_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(
                condition=models.Q(("kind__in", ["closing_pl", "closing_year"])),
                fields=["company", "period"],
                name="closing_vouchers",
            ),
        ),
    ]
