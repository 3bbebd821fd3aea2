"""An unproved address belongs to nobody; staff who have an address in their user get it, unproved; invitations know
their mail.
"""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone


def store_addresses(apps: Any, _editor: Any) -> None:
    staff, address = apps.get_model("agencies", "Staff"), apps.get_model("accounts", "StaffAddress")
    known = set(address.objects.values_list("staff", flat=True))
    now = timezone.now()
    for row in staff.objects.filter(is_active=True).exclude(user__email="").select_related("user").order_by("pk"):
        if row.pk not in known:
            mail = row.user.email.lower()
            address.objects.create(agency_id=row.agency_id, staff=row, mail=mail, set_by=row, set_at=now)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_staff_accounts")]

    operations = [
        migrations.RemoveConstraint(model_name="staffaddress", name="staff_address_once"),
        migrations.AddConstraint(
            model_name="staffaddress",
            constraint=models.UniqueConstraint(
                condition=models.Q(("proved_at__isnull", False)), fields=("agency", "mail"), name="staff_address_once"
            ),
        ),
        migrations.AddField(
            model_name="staffinvitation",
            name="sent_mail",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.staffmail",
            ),
        ),
        migrations.RunPython(store_addresses, migrations.RunPython.noop, elidable=True),
    ]
