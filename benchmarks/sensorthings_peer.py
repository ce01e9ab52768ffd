"""A peer's SensorThings server, driven from a pipe: a line names a work, the answer is its seconds.

Run by the Python of a separate environment that holds `django-ogc-sensorthings` and `psycopg[binary]`; nothing of ours
is imported. Arguments: database settings as JSON. Lines: `make PATH BODY`, `get PATH`, each as JSON lists.
"""

import json
import sys
import time
from uuid import UUID

import django
from django.conf import settings


def configure(database: dict[str, str]) -> None:
    """Set up the peer as its own documentation says."""
    settings.configure(
        SECRET_KEY="benchmark",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="benchmark_urls",
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "sensorthings.versions.v1_1",
            "sensorthings.versions.v1_1.backends.django",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None, **database}},
        SENSORTHINGS_V1_1_SERVICE_URL="http://testserver/sensorthings",
        SENSORTHINGS_V1_1_BACKEND_ADAPTER="sensorthings.versions.v1_1.backends.django.adapter.DjangoBackendAdapter",
        SENSORTHINGS_V1_1_ID_TYPE=UUID,
        SENSORTHINGS_V1_1_ID_DELIMITER="'",
    )
    django.setup()


def main() -> None:
    """Answer line by line until the pipe ends."""
    from types import ModuleType

    configure(json.loads(sys.argv[1]))
    from django.core.management import call_command
    from django.test import Client
    from django.urls import include, path

    urls = ModuleType("benchmark_urls")
    urls.urlpatterns = [path("sensorthings/", include("sensorthings.versions.v1_1.urls"))]  # type: ignore[attr-defined]
    sys.modules["benchmark_urls"] = urls
    call_command("migrate", verbosity=0)
    client = Client()
    for line in sys.stdin:
        method, address, body = json.loads(line)
        started = time.perf_counter()
        if method == "GET":
            answer = client.get(f"/sensorthings/v1.1{address}")
        else:
            answer = client.post(f"/sensorthings/v1.1{address}", body, content_type="application/json")
        seconds = time.perf_counter() - started
        found = {"seconds": seconds, "status": answer.status_code, "location": answer.headers.get("Location", "")}
        print(json.dumps({**found, "text": answer.content.decode()}), flush=True)


if __name__ == "__main__":
    main()
