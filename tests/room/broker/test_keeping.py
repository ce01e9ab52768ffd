"""What is long over is forgotten; what a budget rests on is not."""

from datetime import timedelta
from decimal import Decimal

from spiegelstad.base.clock import now
from spiegelstad.broker import keeping, models, queries
from spiegelstad.broker.actions import requesting
from spiegelstad.broker.actions.asking import ask_noisy
from spiegelstad.broker.rules.noise import Ask, Noisy
from spiegelstad.broker.testing import make_agreement, make_closed, make_offer, make_request, make_upload

LONG = timedelta(days=keeping.KEPT_DAYS + 1)


def test_what_is_long_over_is_forgotten(tenant, people):
    make_closed(tenant)
    make_offer(people.steward)
    ended, _ = make_agreement(people.resident, people.steward)
    requesting.end_agreement(by=people.steward, agreement_id=ended.id, reason="Klaar.")
    make_agreement(people.resident, people.steward)
    refused = make_request(people.neighbour)
    requesting.refuse_request(by=people.steward, request_id=refused.id, reason="Nee.")
    waiting = make_request(people.neighbour)
    ask_noisy(by=people.resident, slug="incomes", asked=Noisy(Ask.COUNT, Decimal("0.5")))
    offered = make_upload(people.resident)
    assert keeping.forget(tenant) == 0
    models.Agreement.objects.filter(pk=ended.pk).update(ended_at=now() - LONG)
    models.Request.objects.filter(pk__in=[refused.pk, waiting.pk]).update(decided_at=now() - LONG)
    models.Upload.objects.filter(pk=offered.pk).update(created_at=now() - LONG)
    assert keeping.forget(tenant) == 2
    assert not models.Agreement.objects.filter(pk=ended.pk).exists()
    assert list(models.Request.objects.filter(applicant__name="Bram Buurman")) == [waiting]
    assert models.Upload.objects.count() == 1 and models.NoisyAnswer.objects.count() == 1
    models.Request.objects.filter(pk=waiting.pk).update(ends_on=queries.today() - LONG)
    assert keeping.forget(tenant) == 1, "nobody decided, and the time that was asked for is long over"
    models.Upload.objects.update(state="read")
    assert keeping.forget(tenant) == 1
