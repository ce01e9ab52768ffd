"""Questions about datasets and errors reported in them: asked by anyone, answered by the steward in public."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.base import events
from spiegelstad.base.clock import now
from spiegelstad.base.errors import InvalidInput, NotFound, TooMany
from spiegelstad.base.localised import Localised
from spiegelstad.catalogue import models
from spiegelstad.catalogue.actions import thing_of
from spiegelstad.catalogue.queries import NoSuchDataset, readable
from spiegelstad.catalogue.vocabulary import Asked, QuestionState
from spiegelstad.governance.public import Act, Thing, may, record, require

ANSWER = Act("catalogue.answer_question", roles=frozenset({Role.STEWARD, Role.ADMINISTRATOR}))
SEE_DESK = Act("catalogue.see_questions", roles=ANSWER.roles, department_bound=False)
MOST_TEXT = 2_000
MOST_WAITING = 50
"""Questions about one dataset that may wait at once: beyond it somebody is flooding, or nobody is answering."""
MOST_A_DAY = 300
"""Questions that a city takes in a day."""
SHOWN = 50
_ON_DESK = 200
FORGET_AFTER = timedelta(days=90)
FORGET_ANYHOW_AFTER = timedelta(days=365)


class TooManyQuestions(TooMany):
    """More is asked than anybody can answer."""

    title = "Too many questions"


class NotAQuestion(InvalidInput):
    """A question without text, or an answer without one."""

    title = "Something is missing"


class UnknownQuestion(NotFound):
    """There is no such question, or not for this steward."""

    title = "No such question"


@dataclass(frozen=True, kw_only=True)
class QuestionAnswered(events.Event):
    """A question was answered in public for the first time; who asked it is not in here."""

    type: ClassVar[str] = "catalogue.question_answered"
    question_id: UUID


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what the public may see of it; `text`, `name` and `email` are empty but for the steward."""

    id: UUID
    slug: str
    title: Localised
    kind: str
    state: str
    asked_at: datetime
    public_text: str
    answer: str
    answered_at: datetime | None
    text: str = ""
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """Errors that were reported in a dataset: those that wait for the steward, and those that were answered."""

    waiting: int
    answered: int


def ask(*, by: Actor, slug: str, kind: Asked, text: str, name: str = "", email: str = "") -> None:
    """Ask the steward something about a dataset one may read, or report an error in it; nothing of it is public yet."""
    if not text.strip():
        raise NotAQuestion("Write what you want to ask or report.")
    with transaction.atomic():
        row = models.Dataset.objects.filter(readable(by), slug=slug).first()
        if row is None:
            raise NoSuchDataset(f"There is no dataset {slug!r}.")
        counts = models.Question.objects.filter(tenant_id=by.tenant_id).aggregate(
            here=Count("id", filter=Q(dataset=row, state=QuestionState.WAITING)),
            today=Count("id", filter=Q(asked_at__gte=now() - timedelta(days=1))),
        )
        if counts["here"] >= MOST_WAITING or counts["today"] >= MOST_A_DAY:
            raise TooManyQuestions("Many questions are waiting already.", remedy="Try again in a few days.")
        models.Question.objects.create(
            tenant_id=by.tenant_id, dataset=row, kind=kind, text=text.strip()[:MOST_TEXT], name=name.strip()[:100],
            email=email.strip(), asked_at=now(), state=QuestionState.WAITING,
        )  # fmt: skip


def answer_question(*, by: Actor, question_id: UUID, public_text: str, answer: str) -> None:
    """Answer in public: `public_text` is the question as the steward made it fit for everyone to read."""
    if not public_text.strip() or not answer.strip():
        raise NotAQuestion("A public answer needs the question and the answer.")
    _decide(by, question_id, QuestionState.ANSWERED, public_text.strip()[:MOST_TEXT], answer.strip()[:MOST_TEXT])


def close_question(*, by: Actor, question_id: UUID) -> None:
    """Close a question without a public answer: spam, or answered in person."""
    _decide(by, question_id, QuestionState.CLOSED, "", "")


def _decide(by: Actor, question_id: UUID, state: QuestionState, public_text: str, answer: str) -> None:
    with transaction.atomic():
        row = _asked_of(by).select_for_update(of=("self",)).filter(pk=question_id).first()
        if row is None:
            raise UnknownQuestion("There is no such question.")
        require(by, ANSWER, thing_of(row.dataset))
        if state is QuestionState.ANSWERED and row.state != state:
            events.record(QuestionAnswered(tenant_id=by.tenant_id, question_id=row.id))
        row.state, row.public_text, row.answer, row.answered_at = state, public_text, answer, now()
        row.save(update_fields=["state", "public_text", "answer", "answered_at"])
        record(by, ANSWER, thing_of(row.dataset), details={"question": str(row.id), "state": state})


def _asked_of(actor: Actor) -> QuerySet[models.Question]:
    """Return the questions this actor answers: those about datasets of their departments that they may read."""
    rows = models.Question.objects.filter(readable(actor, "dataset__")).select_related("dataset")
    if actor.is_system or Role.ADMINISTRATOR in actor.roles:
        return rows
    if Role.STEWARD not in actor.roles:
        return rows.none()
    return rows.filter(dataset__department__in=sorted(actor.departments))


def questions_to_answer(actor: Actor) -> list[Question]:
    """Return what waits for this steward, the oldest first, and after it what was answered last, in whole."""
    require(actor, SEE_DESK, Thing("desk", "questions", actor.tenant_id))
    waiting = _asked_of(actor).filter(state=QuestionState.WAITING).order_by("asked_at")[:_ON_DESK]
    done = _asked_of(actor).exclude(state=QuestionState.WAITING).order_by("-answered_at")[:SHOWN]
    return [_whole(row) for row in (*waiting, *done)]


def question_to_answer(actor: Actor, question_id: UUID) -> Question:
    """Return one question in whole, to its steward."""
    row = _asked_of(actor).filter(pk=question_id).first()
    if row is None or not may(actor, ANSWER, thing_of(row.dataset)).allowed:
        raise UnknownQuestion("There is no such question.")
    return _whole(row)


def waiting_questions(actor: Actor) -> int:
    """Return how many questions wait for this steward."""
    return _asked_of(actor).filter(state=QuestionState.WAITING).count()


def public_questions(actor: Actor, slug: str) -> list[Question]:
    """Return the answered questions about a dataset, the newest first, without who asked."""
    rows = models.Question.objects.filter(
        readable(actor, "dataset__"), dataset__slug=slug, state=QuestionState.ANSWERED
    ).select_related("dataset")
    return [_public(row) for row in rows.order_by("-answered_at")[:SHOWN]]


def reported_errors(actor: Actor, slugs: Collection[str], since: datetime) -> dict[str, Reported]:
    """Return for each of these datasets the errors reported since then; those that were none are not counted."""
    rows = (
        models.Question.objects.filter(
            readable(actor, "dataset__"), dataset__slug__in=slugs, kind=Asked.ERROR, asked_at__gte=since
        )
        .values("dataset__slug")
        .annotate(
            waiting=Count("id", filter=Q(state=QuestionState.WAITING)),
            answered=Count("id", filter=Q(state=QuestionState.ANSWERED)),
        )
    )
    found = {row["dataset__slug"]: Reported(row["waiting"], row["answered"]) for row in rows}
    return {slug: found.get(slug, Reported(0, 0)) for slug in slugs}


def forget_askers(*, by: Actor) -> int:
    """Forget who asked, and in what words, some time after the answer; what nobody answered in a year goes whole."""
    moment = now()
    asked = models.Question.objects.filter(tenant_id=by.tenant_id)
    gone, _by_model = asked.filter(state=QuestionState.WAITING, asked_at__lt=moment - FORGET_ANYHOW_AFTER).delete()
    past = Q(answered_at__lt=moment - FORGET_AFTER) | Q(asked_at__lt=moment - FORGET_ANYHOW_AFTER)
    known = ~Q(text="") | ~Q(name="") | ~Q(email="")
    return gone + asked.exclude(state=QuestionState.WAITING).filter(past & known).update(text="", name="", email="")


def _public(row: models.Question) -> Question:
    return Question(
        row.id, row.dataset.slug, row.dataset.title, row.kind, row.state, row.asked_at, row.public_text, row.answer,
        row.answered_at,
    )  # fmt: skip


def _whole(row: models.Question) -> Question:
    return Question(
        row.id, row.dataset.slug, row.dataset.title, row.kind, row.state, row.asked_at, row.public_text, row.answer,
        row.answered_at, row.text, row.name, row.email,
    )  # fmt: skip
