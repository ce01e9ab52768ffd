"""Silence alarms: noticed once, written once to who answers for the device, over when data comes again."""

import datetime as dt
from smtplib import SMTPRecipientsRefused

import pytest
from django.contrib.auth import get_user_model
from django.core import mail

from spiegelstad.accounts.public import Role
from spiegelstad.accounts.testing import make_person
from spiegelstad.base.clock import now
from spiegelstad.governance.public import NotAllowed
from spiegelstad.mirror.testing import make_observations, make_series
from spiegelstad.sensors import alarms, models
from spiegelstad.sensors import public as sensors
from spiegelstad.sensors.jobs import watch
from spiegelstad.sensors.testing import make_device

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def silence(people, tenant):
    """Two counters of mobiliteit that fell silent two days ago, one that measures, one out of use."""
    make_series(tenant, "a", "b", "fresh", "off", expected_every_s=3600)
    make_observations(tenant, [("a", now() - 48 * HOUR, 1.0), ("b", now() - 49 * HOUR, 1.0), ("fresh", now(), 1.0)])
    for key in ("a", "b", "fresh", "off"):
        make_device(tenant, key, series=(key,), is_active=key != "off")
    return tenant


def test_stewards_are_written_to_once(people, silence):
    for _ in range(2):
        watch(timestamp=0)
    [letter] = mail.outbox
    assert letter.to == [get_user_model().objects.get(name="Dirk Databeheer").email]
    assert letter.subject.endswith(": 2 toestellen zwijgen")
    assert "Paal a: laatst gehoord" in letter.body and "Paal b" in letter.body and "Paal fresh" not in letter.body
    assert models.Silence.objects.filter(ended_at=None, mailed_at__isnull=False).count() == 2


def test_alarm_ends_when_data_returns_and_the_next_silence_is_another(people, silence):
    sensors.watch_silence(by=people.system)
    make_observations(silence, [("a", now(), 2.0)])
    sensors.watch_silence(by=people.system)
    assert [row.device.key for row in models.Silence.objects.filter(ended_at=None)] == ["b"]
    make_observations(silence, [])
    models.Silence.objects.filter(device__key="b").update(ended_at=now())
    sensors.watch_silence(by=people.system)
    assert models.Silence.objects.filter(device__key="b").count() == 2
    assert len(mail.outbox) == 2


def test_device_taken_out_of_use_is_no_alarm(people, silence):
    sensors.watch_silence(by=people.system)
    sensors.activate_device(by=people.steward, key="a", active=False)
    sensors.watch_silence(by=people.system)
    assert [row.device.key for row in models.Silence.objects.filter(ended_at=None)] == ["b"]


def test_without_mail_the_alarm_stands_on_the_page(people, silence, settings, client):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    sensors.watch_silence(by=people.system)
    assert not models.Silence.objects.filter(mailed_at__isnull=False).exists()
    client.force_login(get_user_model().objects.get(name="Dirk Databeheer"))
    text = client.get("/sensors", headers={"host": "localhost"}).content.decode()
    shown = text[text.index("silent-title") :].partition("</table>")[0]
    assert "Melding sinds" in shown and shown.count('href="/sensors/') == 2
    assert "Wanneer het zweeg" in client.get("/sensors/a", headers={"host": "localhost"}).content.decode()


def test_mail_that_is_not_taken_is_sent_the_next_time(people, silence, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there
    with pytest.raises(ConnectionError):
        sensors.watch_silence(by=people.system)
    assert models.Silence.objects.filter(mailed_at=None).count() == 2
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    sensors.watch_silence(by=people.system)
    assert len(mail.outbox) == 1


def test_only_the_program_watches(people, silence):
    for who in (people.administrator, people.steward):
        with pytest.raises(NotAllowed):
            sensors.watch_silence(by=who)


def test_cities_have_alarms_of_their_own(people, silence, other_tenant):
    make_series(other_tenant, "a", expected_every_s=3600)
    make_device(other_tenant, "a", series=("a",))
    sensors.watch_silence(by=people.system)
    assert not models.Silence.objects.filter(tenant_id=other_tenant).exists()


@pytest.mark.parametrize("code", [450, 550])
def test_address_that_is_refused_keeps_nobody_else_from_the_alarm(tenant, people, silence, monkeypatch, code):
    """Nor lets them get it again every five minutes, nor stops the alarms of departments that come after."""
    for name in ("Aad Weg", "Zoe Zorg"):
        make_person(tenant, Role.STEWARD, ["mobiliteit"], name=name)
    send = alarms.send_mail

    def refuse_one(subject, text, sender, to):
        if to == [f"aad.weg@{tenant}.example"]:
            raise SMTPRecipientsRefused({to[0]: (code, b"not now")})
        return send(subject, text, sender, to)

    monkeypatch.setattr(alarms, "send_mail", refuse_one)
    for _time in range(2):
        watch(timestamp=0)
    assert len(mail.outbox) == 2 and {letter.to[0] for letter in mail.outbox} >= {f"zoe.zorg@{tenant}.example"}
    assert not models.Silence.objects.filter(mailed_at=None).exists()
