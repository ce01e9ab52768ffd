"""The report of what is wrong at a source, in words and as CSV, so that it can be sent to its publisher."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from django.utils.translation import gettext as _

from spiegelstad.harvest.records import Record
from spiegelstad.harvest.rules import Finding
from spiegelstad.harvest.vocabulary import DONE_WORDS, WRONG_WORDS

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def wrong_words(finding: Finding) -> str:
    """Say what is wrong."""
    return str(WRONG_WORDS[finding.wrong])


def done_words(finding: Finding) -> str:
    """Say what was done about it."""
    return f"{DONE_WORDS[finding.done]} {finding.result}".rstrip()


def sentence(finding: Finding) -> str:
    """Say a finding in one line, without its property."""
    value = f" (“{finding.value}”)" if finding.value else ""
    return f"{wrong_words(finding)}{value}: {done_words(finding)}"


def as_csv(records: Iterable[Record]) -> str:
    """Write a report as CSV, one line for each finding; no cell is taken for a formula by a spreadsheet."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([_("Record"), _("Title"), _("Property"), _("What is wrong"), _("Value"), _("What we did")])
    for record in records:
        for one in record.findings:
            cells = (record.key, record.title, one.property, wrong_words(one), one.value, done_words(one))
            writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return file.getvalue()
