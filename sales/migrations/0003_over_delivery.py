from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sales", "0002_return_of_sold_line")]

    operations = [
        migrations.AddField(
            model_name="salesorder",
            name="over_delivery",
            field=models.DecimalField(
                db_default=0, decimal_places=4, default=0, max_digits=6, verbose_name="over-delivery allowed (share)"
            ),
        ),
    ]
