"""Pages in an order asked for (clause 4.23), by the key that rules/ordering_key defines."""

from spiegelstad.context.errors import TooManyResults
from spiegelstad.context.queries.selecting import documents
from spiegelstad.context.queries.sql_of import Condition
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.context.rules.geo import holds_for
from spiegelstad.context.rules.ordering import in_order

MAX_ORDERED = 100_000


def ordered(condition: Condition, query: EntityQuery) -> list[Document]:
    """Return the page in the order asked for, with one more when more follow; equal ones in the order of ids."""
    found = documents(condition, f"ORDER BY e.id LIMIT {MAX_ORDERED + 1}")
    if len(found) > MAX_ORDERED:
        raise TooManyResults(f"More than {MAX_ORDERED} entities cannot be ordered.", remedy="Ask for fewer.")
    if query.geo is not None:
        found = [document for document in found if holds_for(document.attributes, query.geo)]
    return in_order(found, query.order_by)[query.offset : query.offset + query.limit + 1]
