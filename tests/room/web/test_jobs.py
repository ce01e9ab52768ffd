"""Failed jobs: who sees them, why they failed, and running one again."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from spiegelstad.base.jobs import task
from spiegelstad.base.models import JobFailure, OutboxEvent
from spiegelstad.governance.models import AuditEntry
from spiegelstad.governance.public import NotAllowed, SignInNeeded
from spiegelstad.project.working import adopt_orphans, work
from spiegelstad.web import actions, queries
from spiegelstad.web.vocabulary import JOBS


def fail_job(tenant_id="teststad", *, name="test.fails", event_id=None, error="SourceAway"):
    """A job that was tried often enough, as Procrastinate leaves it."""
    arguments = {"event_id": event_id} if event_id else ({"tenant_id": tenant_id} if tenant_id else {})
    job_id = app.configure_task(name, allow_unknown=True).defer(**arguments)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', attempts = 6 WHERE id = %s", [job_id])
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [job_id])
    if error:
        JobFailure.objects.create(job_id=job_id, error=error, detail="Nobody answers.", failed_at="2026-01-01T00:00Z")
    return job_id


def state_of(job_id):
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs WHERE id = %s", [job_id])
        row = cursor.fetchone()
    return row and row[0]


def test_failed_jobs_shows_reason_and_city_only(people, tenant, other_tenant):
    ours = fail_job(tenant)
    fail_job(other_tenant)
    programs_own = fail_job("", error="")
    found, of_all = queries.failed_jobs(people.steward)
    assert [(job.id, job.error, job.detail, job.attempts) for job in found] == [
        (ours, "SourceAway", "Nobody answers.", 6)
    ]
    assert of_all == 1
    assert found[0].arguments == {"tenant_id": tenant}
    assert {job.id for job in queries.failed_jobs(people.administrator)[0]} == {ours, programs_own}


def test_failed_reaction_belongs_to_the_city_of_its_event(people, tenant, other_tenant):
    def reaction(city):
        event = OutboxEvent.objects.create(
            tenant_id=city, type="catalogue.version_published", payload={}, recorded_at="2026-01-01T00:00Z"
        )
        return fail_job(name="base.handle_event", event_id=event.pk)

    ours, _ = reaction(tenant), reaction(other_tenant)
    found, _ = queries.failed_jobs(people.steward)
    assert [(job.id, job.event_type) for job in found] == [(ours, "catalogue.version_published")]


@pytest.mark.parametrize("name", ["resident", "clerk", "analyst"])
def test_failed_jobs_are_not_for(people, name):
    with pytest.raises(NotAllowed):
        queries.failed_jobs(getattr(people, name))


def test_run_again_is_recorded_and_only_for_those_who_may(people, tenant):
    job_id = fail_job(tenant)
    with pytest.raises(NotAllowed):
        actions.run_job_again(by=people.clerk, job_id=job_id)
    with pytest.raises(SignInNeeded):
        actions.run_job_again(by=people.nobody, job_id=job_id)
    with pytest.raises(actions.NoSuchJob):
        actions.run_job_again(by=people.foreigner, job_id=job_id)
    assert state_of(job_id) == "failed"
    actions.run_job_again(by=people.steward, job_id=job_id)
    assert state_of(job_id) == "todo"
    assert AuditEntry.objects.filter(tenant_id=tenant, act="web.run_job_again", thing_id=str(job_id)).count() == 1
    with pytest.raises(actions.NoSuchJob):
        actions.run_job_again(by=people.steward, job_id=job_id)


def sign_in(client, actor):
    from spiegelstad.accounts.models import User

    client.force_login(User.objects.get(pk=actor.id.removeprefix("person:")))


def test_page_lists_and_runs_again_with_few_queries(client, people, tenant, django_assert_max_num_queries):
    job_id = fail_job(tenant)
    for _ in range(30):
        fail_job(tenant)
    sign_in(client, people.steward)
    with django_assert_max_num_queries(15):
        answer = client.get("/jobs?page=2", HTTP_HOST="teststad.localhost")
    assert answer.status_code == 200
    assert "SourceAway" in answer.content.decode()
    answer = client.post(f"/jobs/{job_id}/again", HTTP_HOST="teststad.localhost", follow=True)
    assert answer.status_code == 200
    assert state_of(job_id) == "todo"


@pytest.mark.parametrize("page", ["99", "0", "-1", "x", "²", "9" * 30])
def test_page_that_is_not_there_leads_to_the_first(client, people, tenant, page):
    fail_job(tenant)
    sign_in(client, people.steward)
    answer = client.get("/jobs", {"page": page}, HTTP_HOST="teststad.localhost", follow=True)
    assert "SourceAway" in answer.content.decode()


def test_page_without_failures_says_so(client, people):
    sign_in(client, people.steward)
    assert "Nothing waits for you" in client.get("/jobs?lang=en", HTTP_HOST="teststad.localhost").content.decode()


def test_page_asks_nobody_to_sign_in(client, people):
    answer = client.get("/jobs", HTTP_HOST="teststad.localhost")
    assert answer.status_code == 303
    assert "/accounts/login/" in answer.headers["Location"]


# What the worker does. These commit, because the worker has connections of its own.


class SourceAway(Exception):
    pass


@pytest.fixture
def flaky():
    """A job that fails until it is told not to."""
    state = {"fails": True, "ran": 0}

    @task("test.flaky")
    def run(tenant_id):
        state["ran"] += 1
        if state["fails"]:
            raise SourceAway("Nobody answers.")

    yield state
    del app.tasks["test.flaky"]


@pytest.fixture
def queue(transactional_db):
    """An empty queue. Django does not empty these tables after tests that commit: it doesn't manage them."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
        # A worker that has ended may still be hanging up, and then the test database cannot be removed.
        others = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        cursor.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM {others}")


def run(coroutine):
    """Run in a thread of its own: Playwright keeps a loop running in this one once it has been used."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, coroutine).result()


def do_jobs():
    run(work(wait=False))


def test_worker_keeps_the_reason_until_the_job_succeeds(queue, flaky):
    job_id = app.configure_task("test.flaky").defer(tenant_id="teststad")
    do_jobs()
    assert state_of(job_id) == "todo", "it is tried again, later"
    assert JobFailure.objects.get(job_id=job_id).error == "SourceAway"
    flaky["fails"] = False
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE id = %s", [job_id])
    do_jobs()
    assert flaky["ran"] == 2
    assert state_of(job_id) is None, "jobs that succeeded are not kept"
    assert not JobFailure.objects.exists()


def test_job_left_by_a_killed_worker_is_taken_up_or_fails_when_it_kills_workers(queue, flaky):
    flaky["fails"] = False
    innocent = app.configure_task("test.flaky").defer(tenant_id="teststad")
    guilty = app.configure_task("test.flaky").defer(tenant_id="teststad")
    with connection.cursor() as cursor:  # as a worker leaves them that is killed and pruned
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = ANY(%s)", [[innocent, guilty]])
        cursor.execute("UPDATE procrastinate_jobs SET attempts = 6 WHERE id = %s", [guilty])
    from django.db import connections

    connector = app.connector.get_worker_connector()

    async def adopt():
        async with app.with_connector(connector).open_async() as worker_app:
            await adopt_orphans(worker_app.job_manager)

    run(adopt())
    connections.close_all()
    assert (state_of(innocent), state_of(guilty)) == ("todo", "failed")


def test_job_that_a_job_defers_exists_only_if_its_transaction_commits(queue):
    """The trap of `replace_connector`: what a job defers would be committed at once, whatever becomes of its cause."""
    from django.db import transaction

    @task("test.effect")
    def effect(tenant_id):
        pass

    @task("test.cause")
    def cause(tenant_id):
        with transaction.atomic():
            effect.defer(tenant_id=tenant_id)
            raise SourceAway("and the transaction ends")

    try:
        cause.defer(tenant_id="teststad")
        do_jobs()
        with connection.cursor() as cursor:
            cursor.execute("SELECT task_name FROM procrastinate_jobs")
            assert cursor.fetchall() == [("test.cause",)]
    finally:
        del app.tasks["test.effect"], app.tasks["test.cause"]


def test_every_job_has_words_for_people():
    """Jobs of the program, not of the tests, are explained on the page."""
    ours = {name for name in app.tasks if name.split(".")[0] not in {"test", "builtin:procrastinate", "procrastinate"}}
    assert ours
    assert ours == set(JOBS)
