"""N-Triples as what a reader asks for. Its own family is what is stored; anything else is made of it each time."""

from spiegelstad.ldes.vocabulary import PREFIXES

N_QUADS, N_TRIPLES = "application/n-quads", "application/n-triples"
TURTLE, TRIG, JSON_LD = "text/turtle", "application/trig", "application/ld+json"
MEDIA_TYPES = (TURTLE, N_QUADS, N_TRIPLES, TRIG, JSON_LD)
"""What streams are told in, the first where a reader does not care."""


def serialised(data: bytes, media_type: str) -> bytes:
    """Return N-Triples in another form of RDF (one of `MEDIA_TYPES`)."""
    if media_type in (N_QUADS, N_TRIPLES):
        return data
    import pyoxigraph  # noqa: PLC0415  heavy, and the fast path goes without

    formats = {
        TURTLE: pyoxigraph.RdfFormat.TURTLE,
        TRIG: pyoxigraph.RdfFormat.TRIG,
        JSON_LD: pyoxigraph.RdfFormat.JSON_LD,
    }
    quads = pyoxigraph.parse(data, pyoxigraph.RdfFormat.N_TRIPLES)
    found = pyoxigraph.serialize(quads, format=formats[media_type], prefixes=PREFIXES)
    assert found is not None  # nothing was given to write to
    return found
