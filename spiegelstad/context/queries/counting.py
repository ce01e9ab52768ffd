"""How many entities match."""

import orjson

from spiegelstad.base.sql import rows
from spiegelstad.context.queries.selecting import select
from spiegelstad.context.queries.sql_of import Condition
from spiegelstad.context.rules.geo import GeoQuery, holds_for, points_that_hold
from spiegelstad.context.vocabulary import LOCATION

# A box without size is a point, and all the instances of location are that point.
_POINT = "(e.box[0])[0] = (e.box[1])[0] AND (e.box[0])[1] = (e.box[1])[1]"


def total(condition: Condition, geo: GeoQuery | None) -> int:
    """Return how many rows meet the condition and, of those, have a geometry that fits."""
    if geo is None:
        return int(rows(select("count(*)", condition), condition.params)[0][0])
    if geo.attribute != LOCATION:
        return _checked(condition, geo)
    points = rows(f"{select('(e.box[0])[0], (e.box[0])[1]', condition)} AND {_POINT}", condition.params)
    others = Condition(f"{condition.sql} AND NOT ({_POINT})", condition.params)
    return points_that_hold(geo, points) + _checked(others, geo)


def _checked(condition: Condition, geo: GeoQuery) -> int:
    found = rows(select("e.attributes -> %s", condition), [geo.attribute, *condition.params])
    return sum(holds_for({geo.attribute: orjson.loads(instances)}, geo) for (instances,) in found)
