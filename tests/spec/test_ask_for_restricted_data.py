"""The how-to "ask for restricted data": its commands are sent as they stand, and its buttons exist."""

import json
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils.translation import override

from spiegelstad.accounts.models import User
from spiegelstad.broker.actions import keys
from spiegelstad.broker.testing import make_agreement, make_closed, make_offer, make_request

GUIDE = (Path(__file__).resolve().parents[2] / "docs/how-to/ask-for-restricted-data.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(bash|json)\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture
def with_keys(tenant, people):
    make_closed(tenant)
    make_offer(people.steward)
    _agreement, agreed = make_agreement(people.resident, people.steward)
    return {"$KEY": keys.make_key(by=people.resident), "$AGREED": agreed}


def run(command, secrets):
    words = shlex.split(command.replace("\\\n", " "))
    headers = dict(words[n + 1].split(": ", 1) for n, word in enumerate(words) if word == "-H")
    headers = {name: value.replace(value.split()[-1], secrets.get(value.split()[-1], value.split()[-1]))
               for name, value in headers.items()}  # fmt: skip
    address = urlsplit(words[-1])
    path = f"{address.path}?{address.query}"
    client = Client(headers={name: value for name, value in headers.items() if name != "Content-Type"})
    if "-d" in words:
        body = words[words.index("-d") + 1]
        return client.post(path, body, content_type=headers["Content-Type"])
    return client.get(path)


def test_guide_is_followed(with_keys):
    answer = None
    for language, text in BLOCKS:
        if language == "json":
            shown = json.loads(text)
            assert shape(shown) <= shape(answer.json()), "the guide shows what the answer does not have"
            continue
        for command in re.findall(r"^curl(?:.*\\\n)*.*$", text, re.MULTILINE):
            answer = run(command, with_keys)
            assert answer.status_code == 200, (command, answer.content)
    assert len(BLOCKS) == 5


def shape(value, path=""):
    """Return the paths of all members, lists by their first item."""
    if isinstance(value, dict):
        return {path} | {inner for name, one in value.items() for inner in shape(one, f"{path}/{name}")}
    return {path} | (shape(value[0], f"{path}[]") if isinstance(value, list) and value else set())


def test_buttons_and_headings_of_the_guide_are_on_the_pages(with_keys, people):
    client = Client()
    client.force_login(User.objects.get(id=people.resident.id.removeprefix("person:")))
    make_request(people.resident)
    agreement, _key = make_agreement(people.resident, people.steward)
    agreement.accepted_at = None
    agreement.save()
    with override("nl"):
        pages = [client.get(path).content.decode() for path in (
            "/access/mine", "/access/data/incomes/request", f"/access/agreements/{agreement.id}")]  # fmt: skip
        client.post(f"/access/agreements/{agreement.id}", {"act": "accept"})
        pages.append(client.get(f"/access/agreements/{agreement.id}").content.decode())
    bold = re.findall(r"\*\*([^*]+)\*\*", GUIDE)
    assert len(bold) == 5
    assert [words for words in bold if not any(words in page for page in pages)] == []
