"""Single-use links from a public thread into a private conversation."""

import django.db.models.deletion
from django.db import migrations, models


def key(to: str, name: str = "+", **more: object) -> models.ForeignKey:
    """Return a foreign key that protects its row."""
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=name, to=to, **more)


class Migration(migrations.Migration):
    dependencies = [("agencies", "0010_public_texts"), ("conversations", "0015_staff_links_are_left_out")]

    operations = [
        migrations.CreateModel(
            name="PrivateInvitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("words", models.CharField(blank=True, max_length=200)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("expires", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("agency", key("agencies.agency", db_index=False)),
                ("by", key("agencies.staff", null=True)),
                ("conversation", key("conversations.conversation", "invitations", null=True)),
                ("message", key("conversations.message", "invitations")),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=["agency", "digest"], name="private_invitation_token_once")
                ],
            },
        ),
    ]
