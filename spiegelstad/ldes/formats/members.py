"""A member as it is stored: all its triples, finished but for the address of the city's host."""

from datetime import UTC, datetime

from spiegelstad.ldes.formats.terms import iri
from spiegelstad.ldes.vocabulary import DELETE, GENERATED, ISSUED, LABEL, RDF, SUBJECT, TREE, VERSION_OF, XSD

_MEMBER, _VERSION_OF, _TYPE = iri(f"{TREE}member"), iri(VERSION_OF), iri(f"{RDF}type")
_ISSUED, _GENERATED, _MOMENT = iri(ISSUED), iri(GENERATED), iri(f"{XSD}dateTime")
_GONE = f" {_TYPE} {iri(DELETE)} .\n"


def finished(
    stream: str, member: str, object_: str, body: str, *, sequence: int, issued_at: datetime, generated_at: datetime,
    gone: bool,
) -> str:  # fmt: skip
    """Return the triples of a member of a stream (both IRIs as they are), with the names that `body` leaves open.

    `sequence` makes the labels of its blank nodes its own.
    """
    name = f"<{member}>"
    return (
        f"<{stream}> {_MEMBER} {name} .\n"
        f"{name} {_VERSION_OF} <{object_}> .\n"
        f'{name} {_ISSUED} "{moment(issued_at)}"^^{_MOMENT} .\n'
        f'{name} {_GENERATED} "{moment(generated_at)}"^^{_MOMENT} .\n'
        f"{name + _GONE if gone else ''}"
        f"{body.replace(SUBJECT, name).replace(LABEL, f'm{sequence}n')}"
    )


def moment(at: datetime) -> str:
    """Write a moment in UTC, to the microsecond: members are told apart by it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
