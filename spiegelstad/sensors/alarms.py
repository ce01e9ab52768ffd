"""Silence alarms: what should have measured and did not is noticed once, told to its steward, and ends by itself.

The page `/sensors` shows a steward the silent devices of the own departments; where the installation can send mail
(`SPIEGELSTAD_EMAIL_URL`), the stewards are written to as well, once for each silence.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.localised import in_language
from spiegelstad.governance.public import Thing, require
from spiegelstad.sensors import models
from spiegelstad.sensors.queries import devices
from spiegelstad.sensors.rules import WATCH_SILENCE
from spiegelstad.sensors.vocabulary import State

logger = logging.getLogger("spiegelstad.sensors")


def watch_silence(*, by: Actor) -> None:
    """Note which devices of the city fell silent and which measure again, and write to the stewards of the former."""
    require(by, WATCH_SILENCE, Thing("device", "*", by.tenant_id))
    _note(by)
    if "console" not in settings.EMAIL_BACKEND:  # that is how an installation without mail is set up
        _write(by.tenant_id)


def _note(by: Actor) -> None:
    silent = {one.key: one for one in devices(by) if one.state is State.SILENT}
    with transaction.atomic():
        open_ = models.Silence.objects.filter(tenant_id=by.tenant_id, ended_at=None)
        open_.exclude(device__key__in=silent).update(ended_at=now())
        told = set(open_.values_list("device_id", flat=True))
        rows = models.Device.objects.filter(tenant_id=by.tenant_id, key__in=silent).exclude(pk__in=told)
        new = [
            models.Silence(tenant_id=by.tenant_id, device=row, heard_at=silent[row.key].heard_at, noticed_at=now())
            for row in rows
        ]
        models.Silence.objects.bulk_create(new, ignore_conflicts=True)


def _write(tenant_id: str) -> None:
    waiting: dict[str, list[models.Silence]] = defaultdict(list)
    rows = models.Silence.objects.filter(tenant_id=tenant_id, ended_at=None, mailed_at=None)
    for row in rows.select_related("device").order_by("device__key"):
        waiting[row.device.department].append(row)
    city = accounts.tenant(tenant_id)
    for department, silences in waiting.items():
        people = [person.email for person in accounts.stewards(tenant_id, department)]
        if not people:
            continue
        with transaction.atomic(), override(settings.LANGUAGE_CODE):
            # First what can be undone: when the mail is not taken, it stays to be written.
            models.Silence.objects.filter(pk__in=[one.pk for one in silences]).update(mailed_at=now())
            _send(people, *_letter(city, silences))


def _send(people: Sequence[str], subject: str, text: str) -> None:
    """Write to each alone: nobody sees the addresses of others. One that is refused keeps none from theirs, nor lets
    them get it again at each watch; when all are, the last refusal is raised."""
    refusal, taken = None, 0
    for address in people:
        try:
            taken += send_mail(subject, text, None, [address])
        except SMTPRecipientsRefused as error:
            refusal = error
            logger.warning("an alarm could not be mailed to one of %d stewards: the address was refused", len(people))
    if refusal and not taken:
        raise refusal


def _letter(city: accounts.Tenant, silences: Sequence[models.Silence]) -> tuple[str, str]:
    """Return the subject and the text of one mail about all of these devices."""
    count = len(silences)
    subject = ngettext("{city}: a device is silent", "{city}: {count} devices are silent", count).format(
        city=in_language(city.name), count=count
    )
    lines = [
        _("{name}: last heard {when}").format(name=in_language(one.device.name), when=_when(one)) for one in silences
    ]
    if city.host:
        scheme = "https" if settings.HTTPS else "http"
        pairs = zip(lines, silences, strict=True)
        lines = [f"{line}\n  {scheme}://{city.host}/sensors/{one.device.key}" for line, one in pairs]
    text = _("They should have measured and did not, for three times as long as they may.")
    end = _("This is told once. The alarm ends by itself when data comes again.")
    return subject, "\n\n".join([text, "\n".join(lines), end])


def _when(silence: models.Silence) -> str:
    if silence.heard_at is None:
        return _("never")
    return date_format(localtime(silence.heard_at), "j F Y, H:i")
