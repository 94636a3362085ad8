import django.db.models.deletion
import entente.apps.kernel.ids
from django.db import migrations, models
from entente.apps.kernel.append_only import protect


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0007_match_cases_and_ends'),
    ]

    operations = [
        migrations.CreateModel(
            name='ThreatAlert',
            fields=[
                ('id', models.UUIDField(default=entente.apps.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('states', models.JSONField(default=list)),
                ('host_state', models.CharField(default='', max_length=2)),
                ('signs', models.TextField()),
                ('raised_by_id_text', models.CharField(max_length=80)),
                ('raised_by_name', models.CharField(max_length=200)),
                ('raised_at', models.DateTimeField()),
                ('kept_items', models.PositiveIntegerField(default=0)),
                ('is_kept', models.BooleanField(default=False)),
                ('dropped_at', models.DateTimeField(null=True)),
                ('dropped_by_id_text', models.CharField(default='', max_length=80)),
                ('dropped_by_name', models.CharField(default='', max_length=200)),
                ('drop_reason', models.TextField(default='')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='threat_alerts', to='cases.case')),
            ],
        ),
        migrations.CreateModel(
            name='ThreatWarning',
            fields=[
                ('id', models.UUIDField(default=entente.apps.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('recipient_key', models.CharField(default='', max_length=60)),
                ('recipient', models.CharField(max_length=200)),
                ('channel', models.CharField(choices=[('telephone', 'by telephone'), ('writing', 'in writing'), ('both', 'by telephone and in writing')], max_length=10)),
                ('reference', models.CharField(max_length=200)),
                ('told_at', models.DateTimeField()),
                ('told_by_id_text', models.CharField(max_length=80)),
                ('told_by_name', models.CharField(max_length=200)),
                ('recorded_at', models.DateTimeField()),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='warnings', to='cases.threatalert')),
            ],
        ),
        migrations.AddIndex(
            model_name='threatalert',
            index=models.Index(condition=models.Q(('is_kept', False)), fields=['raised_at'], name='cases_threat_unkept'),
        ),
        migrations.AddConstraint(
            model_name='threatalert',
            constraint=models.CheckConstraint(condition=models.Q(('signs', ''), _negated=True), name='cases_threat_has_signs'),
        ),
        migrations.AddConstraint(
            model_name='threatalert',
            constraint=models.CheckConstraint(condition=models.Q(('dropped_at', None), models.Q(('drop_reason', ''), _negated=True), _connector='OR'), name='cases_threat_drop_reasoned'),
        ),
        migrations.AddConstraint(
            model_name='threatwarning',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('recipient', ''), _negated=True), models.Q(('reference', ''), _negated=True)), name='cases_threat_warning_named'),
        ),
        protect("cases_threatwarning"),
    ]
