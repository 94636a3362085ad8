from django.db import migrations, models
from entente.apps.kernel.append_only import protect_again


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0006_refused_orders'),
    ]

    operations = [
        migrations.AddField(
            model_name='formversion',
            name='why',
            field=models.CharField(choices=[('completed', 'Completed from the paper'), ('clarified', 'Clarified by the authority'), ('proven', 'The signed copy of the same order')], default='completed', max_length=10),
        ),
        protect_again("orders_formversion"),
    ]
