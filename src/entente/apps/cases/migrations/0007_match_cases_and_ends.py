from django.db import migrations, models

from entente.apps.kernel.append_only import protect_again


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0006_own_initiative'),
    ]

    operations = [
        migrations.AlterField(
            model_name='case',
            name='kind',
            field=models.CharField(choices=[('order', 'Removal order'), ('information', 'Filed as information'), ('referral', 'Referral'), ('notice', 'Notice'), ('own_initiative', 'Own initiative'), ('match', 'Match with a known signal'), ('data_request', 'Request for data'), ('threat', 'Threat to life'), ('unclear', 'Not settled yet')], max_length=20),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(condition=models.Q(('ends_at__isnull', False)), fields=['ends_at'], name='cases_decision_ends'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('basis_id', 'provisional.match'), ('outcome__in', ('disable', 'restrict_by_country', 'warning_label')), _negated=True), ('ends_at__isnull', False), _connector='OR'), name='cases_provisional_ends'),
        ),
        protect_again("cases_decision"),
    ]
