from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0003_silence_opening'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='statementofreasons',
            name='cases_informed_has_time',
        ),
        migrations.AddConstraint(
            model_name='statementofreasons',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'sent'), ('informed_at__isnull', True), _connector='OR'), name='cases_informed_by_a_sent_letter'),
        ),
    ]
