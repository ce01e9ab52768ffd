"""Mails of stewardship: to stewards about quality, to users about what is going to change. Each gets a mail alone."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Sequence
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import send_mail
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from spiegelstad.accounts import public as accounts
from spiegelstad.base.localised import in_language
from spiegelstad.catalogue.public import STATUS_NAMES, Question, Registered, Status
from spiegelstad.stewardship import models
from spiegelstad.stewardship.vocabulary import DIMENSIONS, NEXT_STEPS, Dimension

PERMANENT = 500  # from this code of SMTP on it helps nothing to try again
logger = logging.getLogger("spiegelstad.stewardship")


def can_send() -> bool:
    """Whether the installation can send mail; one without has the console for it."""
    return "console" not in settings.EMAIL_BACKEND


def tell_of_missed_targets(tenant_id: str, department: str, alerts: Sequence[models.Alert]) -> None:
    """Write to the stewards of a department which targets are missed, and what helps."""
    city = accounts.tenant(tenant_id)
    with override(settings.LANGUAGE_CODE):
        subject = ngettext("{city}: data needs you", "{city}: {count} times data needs you", len(alerts))
        lines = [_line(city, alert) for alert in alerts]
        start = _("These targets are missed:")
        end = _("This is told once. It ends by itself when the target is reached.")
        text = "\n\n".join([start, *lines, end])
        _send(
            (person.email for person in accounts.stewards(tenant_id, department)),
            subject.format(city=in_language(city.name), count=len(alerts)),
            text,
        )


def _line(city: accounts.Tenant, alert: models.Alert) -> str:
    dimension = Dimension(alert.dimension)
    told = _("{title}: {dimension} is {share} %, the target is {target} %.").format(
        title=in_language(alert.dataset.title),
        dimension=DIMENSIONS[dimension],
        share=round(alert.share * 100, 1),
        target=round(alert.target * 100, 1),
    )
    return f"{told}\n{NEXT_STEPS[dimension]}{_address(city, f'/register/datasets/{alert.dataset.slug}')}"


def tell_of_change(tenant_id: str, dataset: Registered, addresses: Iterable[str], status: str, on: dt.date) -> None:
    """Write to who uses a dataset that it gets another status, on which day and why."""
    city = accounts.tenant(tenant_id)
    with override(settings.LANGUAGE_CODE):
        title, stage = in_language(dataset.title), STATUS_NAMES[Status(status)]
        subject = _("{city}: “{title}” changes").format(city=in_language(city.name), title=title)
        lines = [
            _("You use the dataset “{title}” of {city}. From {day} on it is: {stage}.").format(
                title=title, city=in_language(city.name), day=date_format(on, "j F Y"), stage=stage
            ),
            dataset.planned_reason or dataset.status_reason,
        ]
        if dataset.replaced_by:
            lines.append(_("Use this instead: {name}").format(name=dataset.replaced_by))
        if status == Status.DESTROYED:
            lines.append(_("After that day its data can no longer be had. Keep a copy if you need one."))
        _send(addresses, subject, "\n\n".join(lines) + _address(city, f"/register/datasets/{dataset.slug}"))


def tell_of_refusal(tenant_id: str, dataset: Registered, on: dt.date, problems: Sequence[str]) -> None:
    """Write to the stewards of a dataset what is in the way of what they announced for a day."""
    city = accounts.tenant(tenant_id)
    with override(settings.LANGUAGE_CODE):
        title, stage = in_language(dataset.title), STATUS_NAMES[Status(dataset.planned_status)]
        subject = _("{city}: “{title}” did not change").format(city=in_language(city.name), title=title)
        start = _("It was announced that “{title}” would be: {stage}, from {day} on. That could not be done:").format(
            title=title, stage=stage, day=date_format(on, "j F Y")
        )
        end = _("We try it again every night. You are told this once. You can take back what was announced here:")
        _send(
            (person.email for person in accounts.stewards(tenant_id, dataset.department)),
            subject,
            "\n\n".join([start, *problems, end]) + _address(city, f"/register/datasets/{dataset.slug}"),
        )


def tell_of_answer(tenant_id: str, question: Question) -> None:
    """Write to who asked something about a dataset what was answered: what everyone may read, and where it stands."""
    city = accounts.tenant(tenant_id)
    with override(settings.LANGUAGE_CODE):
        title = in_language(question.title)
        subject = _("{city}: an answer about “{title}”").format(city=in_language(city.name), title=title)
        start = _("You asked or reported something about “{title}”. This is the answer, which everyone can read.")
        lines = [start.format(title=title), question.public_text, question.answer]
        _send([question.email], subject, "\n\n".join(lines) + _address(city, f"/data/{question.slug}/questions"))


def remind_of_sharing(tenant_id: str, showcase: str, address: str) -> None:
    """Write to who made something of data that its licence asks to share improved data."""
    city = accounts.tenant(tenant_id)
    with override(settings.LANGUAGE_CODE):
        subject = _("{city}: do you share back?").format(city=in_language(city.name))
        text = _(
            "You made “{title}” with data of {city}. Its licence asks that data which you improve or add to is shared "
            "under the same licence. Did you? Tell us where it is by answering this mail. Nothing to share is fine too."
        ).format(title=showcase, city=in_language(city.name))
        _send([address], subject, text)


def _address(city: accounts.Tenant, path: str) -> str:
    scheme = "https" if settings.HTTPS else "http"
    return f"\n{scheme}://{city.host}{path}" if city.host else ""


def _send(addresses: Iterable[str], subject: str, text: str) -> None:
    """Write to each alone: nobody sees the addresses of others. One that is refused for good keeps none from theirs."""
    for address in addresses:
        try:
            send_mail(subject, text, None, [address])
        except SMTPRecipientsRefused as refused:
            if any(code < PERMANENT for code, _reason in refused.recipients.values()):
                raise
            logger.warning("a mail was refused for good: its address is not known there any more")
