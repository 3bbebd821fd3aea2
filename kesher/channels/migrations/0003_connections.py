import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0006_places"),
        ("channels", "0002_drop_last_in_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="deputy",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="agencies.staff"
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="hours",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="account",
            name="last_test",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="owner",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="agencies.staff"
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="probe",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="account",
            name="probed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="purpose",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="account",
            name="removed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="review_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="templates_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="tone",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="template",
            name="reason",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AlterField(
            model_name="template",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Waiting for approval"),
                    ("approved", "Approved"),
                    ("rejected", "Rejected"),
                    ("paused", "Paused by the provider"),
                    ("unfit", "Approved, but Kesher cannot fill it in"),
                    ("gone", "No longer at the provider"),
                ],
                default="pending",
                max_length=10,
            ),
        ),
    ]
