"""A steward finds a job that failed, reads why, and runs it again."""

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection

PHONE = {"width": 360, "height": 740}


JOB = """
    INSERT INTO procrastinate_jobs (id, queue_name, task_name, args, status, attempts)
    VALUES (1234567, 'default', 'test.refresh', '{"tenant_id": "waterstad", "slug": "parking"}', 'failed', 6)
    RETURNING id
"""
FAILURE = """
    INSERT INTO base_jobfailure (job_id, error, detail, failed_at)
    VALUES (%s, 'SourceAway', 'data.example.org does not answer within 30 seconds, in five attempts.', now())
"""


@pytest.fixture
def failed_job(city):
    """A job that was tried often enough, as the worker leaves it; committed, because the server must see it.

    Its number is long: it must be written without points between thousands.
    """
    parameters = {**connection.get_connection_params(), "cursor_factory": psycopg.Cursor}
    parameters.pop("context", None)
    with psycopg.connect(**parameters, autocommit=True) as committing:
        row = committing.execute(JOB).fetchone()
        assert row is not None
        committing.execute(FAILURE, row)
        yield row[0]
        committing.execute("DELETE FROM base_jobfailure WHERE job_id = %s", row)
        committing.execute("DELETE FROM procrastinate_jobs WHERE id = %s", row)


def test_steward_runs_a_failed_job_again(visit, failed_job, tmp_path):
    page = visit("/jobs", signed_in=True, viewport=PHONE)
    assert page.get_by_text("does not answer within 30 seconds").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    assert Axe().run(page, options=rules).response["violations"] == []
    page.screenshot(path=tmp_path / "jobs.png")
    button = page.get_by_role("button", name=f"Voer {failed_job} opnieuw uit")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_text(f"Taak {failed_job} loopt opnieuw").wait_for()
    assert page.get_by_text("Niets wacht op jou").is_visible()
