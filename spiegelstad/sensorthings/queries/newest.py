# ruff: noqa: S608  fragments of this room are put together; what comes from outside is a parameter
"""The newest observations of all datastreams, without looking at the old ones.

The newest n observations are all in the n series whose newest observation is newest; and when there are n such series,
none of them is older than the oldest of those newest. The mirror keeps the newest moment of each series.
"""

from spiegelstad.sensorthings.queries.scope import Scope
from spiegelstad.sensorthings.queries.tables import TABLES
from spiegelstad.sensorthings.rules.addresses import Address
from spiegelstad.sensorthings.rules.expressions import Field
from spiegelstad.sensorthings.rules.options import Options

MOST = 2_000


def is_asked(address: Address, options: Options) -> bool:
    """Whether a request asks for the newest observations of everything, and not for too many of them."""
    if len(address.steps) != 1 or address.type.name != "Observation" or options.filter is not None:
        return False
    if len(options.order) != 1 or options.top + options.skip >= MOST:
        return False
    node, descends = options.order[0]
    return descends and isinstance(node, Field) and not node.hops and node.property == "phenomenonTime"


def condition(scope: Scope, alias: str, options: Options) -> str:
    """Return what narrows observations to the newest that a page can hold."""
    many = scope.param(options.top + options.skip + 1, "bigint")
    stream = scope.alias()
    table = TABLES["Datastream"]
    return f"""({alias}.series_id, {alias}.observed_at) IN (
        WITH newest AS (
            SELECT l.series_id, l.newest_at
            FROM {table.source(stream)}
            JOIN mirror_serieslatest l ON l.tenant_id = {stream}.tenant_id AND l.series_id = {stream}.series_id
            WHERE {table.policy(stream)} AND l.newest_at IS NOT NULL
            ORDER BY l.newest_at DESC, l.series_id DESC LIMIT {many}
        ), since AS (SELECT CASE WHEN count(*) = {many} THEN min(newest_at) ELSE '-infinity' END AS at FROM newest)
        SELECT c.series_id, c.observed_at
        FROM newest CROSS JOIN LATERAL (
            SELECT o.series_id, o.observed_at FROM mirror_observation o
            WHERE o.tenant_id = %(tenant)s AND o.series_id = newest.series_id AND o.observed_at <= newest.newest_at
                AND o.observed_at >= (SELECT at FROM since)
            ORDER BY o.observed_at DESC LIMIT {many}
        ) c
        ORDER BY c.observed_at DESC, c.series_id DESC LIMIT {many}
    )"""
