"""The members of a page, as they are stored."""

from pathlib import Path
from uuid import UUID

from spiegelstad.base import sql
from spiegelstad.ldes.rules.tiles import is_place

_MEMBERS = sql.load(Path(__file__).parent, "members")


def members_text(tenant_id: str, stream_id: UUID, branch: str, first: int, last: int) -> bytes:
    """Return the triples of the members of a branch from one sequence to another, in their order."""
    tile = branch if is_place(branch) else None
    params = {"tenant": tenant_id, "stream": stream_id, "first": first, "last": last, "tile": tile}
    return "".join(body for (body,) in sql.rows(_MEMBERS, params)).encode()
