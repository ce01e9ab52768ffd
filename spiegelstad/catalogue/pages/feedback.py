"""Questions about datasets and what others made of them: the pages for everyone, and those of the steward's desk."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.errors import InvalidInput
from spiegelstad.catalogue import asking, queries, showcasing
from spiegelstad.catalogue.asking import Question
from spiegelstad.catalogue.forms import Answer, Ask, SendShowcase
from spiegelstad.catalogue.pages import visitors, words
from spiegelstad.catalogue.vocabulary import Asked, QuestionState, ShowcaseState

_STATES = {
    QuestionState.WAITING: "warning", QuestionState.ANSWERED: "good", QuestionState.CLOSED: "quiet",
    ShowcaseState.SHOWN: "good", ShowcaseState.REFUSED: "quiet",
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: CityRequest, slug: str) -> HttpResponse:
    """Show the answered questions about a dataset, and take a new one; it goes to the steward first."""
    dataset = queries.dataset(request.actor, slug)
    form = Ask(request.POST or None, initial={"kind": _kind(request)})
    if request.method == "POST" and (visitors.is_machine(request) or form.is_valid()):
        if not visitors.is_machine(request):
            visitors.take_turn(request, "ask")
            given = form.cleaned_data
            asking.ask(
                by=request.actor, slug=slug, kind=Asked(given["kind"]), text=given["text"], name=given["name"],
                email=given["email"],
            )  # fmt: skip
        return HttpResponseRedirect(f"/data/{slug}/questions?sent=1", status=303)
    context = {
        "dataset": dataset,
        "form": form,
        "is_sent": "sent" in request.GET,
        "questions": [shown_question(one) for one in asking.public_questions(request.actor, slug)],
    }
    return render(request, "catalogue/questions.html", context)


def _kind(request: CityRequest) -> str:
    given = request.GET.get("kind", "")
    return given if given in set(Asked) else Asked.QUESTION


def shown_question(question: Question) -> dict[str, object]:
    """Return a question as templates show it."""
    kinds = {Asked.QUESTION: _("Question"), Asked.ERROR: _("Reported error")}
    names = {
        QuestionState.WAITING: _("waits for an answer"), QuestionState.ANSWERED: _("answered"),
        QuestionState.CLOSED: _("closed"),
    }  # fmt: skip
    return {
        "question": question,
        "kind": kinds[Asked(question.kind)],
        "state": names[QuestionState(question.state)],
        "tone": _STATES[QuestionState(question.state)],
        "asked": words.day_words(question.asked_at),
        "answered": words.day_words(question.answered_at),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def showcase(request: CityRequest) -> HttpResponse:
    """Show what others made of the data, and take something new; a steward looks at it first."""
    slug, is_machine = request.GET.get("dataset", "")[:80], visitors.is_machine(request)
    initial = {"datasets": request.build_absolute_uri(f"/data/{slug}")} if slug else {}
    form = SendShowcase(request.POST or None, initial=initial)
    if request.method == "POST" and (is_machine or (form.is_valid() and _sent(request, form))):
        return HttpResponseRedirect("/data/showcase?sent=1", status=303)
    context = {"form": form, "is_sent": "sent" in request.GET, "showcases": showcasing.showcases(request.actor)}
    return render(request, "catalogue/showcase.html", context)


def _sent(request: CityRequest, form: SendShowcase) -> bool:
    visitors.take_turn(request, "showcase")
    try:
        showcasing.send_showcase(by=request.actor, showcase=showcasing.ShowcaseIn(**form.cleaned_data))
    except InvalidInput:
        form.add_error("datasets", _("One of these datasets does not exist here."))
        return False
    return True


@require_safe
def desk(request: CityRequest) -> HttpResponse:
    """Show a steward what waits for an answer or a decision."""
    context = {
        "questions": [shown_question(one) for one in asking.questions_to_answer(request.actor)],
        "showcases": [
            (one, one.state == ShowcaseState.WAITING, _STATES.get(ShowcaseState(one.state), "warning"))
            for one in showcasing.showcases_to_decide(request.actor)
        ],
    }
    return render(request, "catalogue/desk_questions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: CityRequest, question_id: UUID) -> HttpResponse:
    """Show one question to its steward, and take the answer, or close it without one."""
    question = asking.question_to_answer(request.actor, question_id)
    initial = {"public_text": question.public_text or question.text, "answer": question.answer}
    closes = "close" in request.POST
    form = Answer(None if closes else request.POST or None, initial=initial)
    if closes:
        asking.close_question(by=request.actor, question_id=question_id)
        messages.success(request, _("The question is closed and stays out of sight."))
        return HttpResponseRedirect("/desk/questions", status=303)
    if form.is_valid():
        asking.answer_question(by=request.actor, question_id=question_id, **form.cleaned_data)
        messages.success(request, _("The answer stands on the page of the dataset."))
        return HttpResponseRedirect("/desk/questions", status=303)
    return render(request, "catalogue/answer.html", {"form": form, **shown_question(question)})


@require_POST
def decide(request: CityRequest, showcase_id: UUID) -> HttpResponse:
    """Show what somebody made, or don't."""
    showcasing.decide_showcase(by=request.actor, showcase_id=showcase_id, is_shown="show" in request.POST)
    return HttpResponseRedirect("/desk/questions#showcases", status=303)
