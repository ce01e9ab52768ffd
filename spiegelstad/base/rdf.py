"""What RDF can write."""

from functools import lru_cache

from pyoxigraph import NamedNode


@lru_cache(maxsize=4096)
def is_iri(text: str) -> bool:
    """Whether a text is an IRI as it stands: for one that is none, readers refuse all that is told with it."""
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True
