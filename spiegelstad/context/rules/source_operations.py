"""The names of operations that a context source can offer, and of groups of them (clause 4.20). Pure."""

from collections.abc import Collection
from typing import Final

_WRITES = frozenset(
    [
        "createEntity",
        "updateEntity",
        "appendAttrs",
        "updateAttrs",
        "deleteAttrs",
        "deleteEntity",
        "mergeEntity",
        "replaceEntity",
        "replaceAttrs",
        "purgeEntity",
    ]
)
_BATCHES = frozenset(["createBatch", "upsertBatch", "updateBatch", "deleteBatch", "mergeBatch"])
TEMPORAL: Final = frozenset(
    [
        "upsertTemporal",
        "appendAttrsTemporal",
        "deleteAttrsTemporal",
        "updateAttrInstanceTemporal",
        "deleteAttrInstanceTemporal",
        "deleteTemporal",
        "retrieveTemporal",
        "queryTemporal",
        "createEntityMapQueryTemporal",
    ]
)
_DISCOVERY = frozenset(
    [
        "retrieveEntityTypes",
        "retrieveEntityTypeDetails",
        "retrieveEntityTypeInfo",
        "retrieveAttrTypes",
        "retrieveAttrTypeDetails",
        "retrieveAttrTypeInfo",
    ]
)
_SUBSCRIPTIONS = frozenset(
    ["createSubscription", "updateSubscription", "retrieveSubscription", "querySubscription", "deleteSubscription"]
)
_MAPS = frozenset(["retrieveEntityMap", "updateEntityMap", "deleteEntityMap", "createEntityMapQueryEntity"])
_RETRIEVE = frozenset({"retrieveEntity", "queryEntity"})
_IDENTITY = frozenset({"retrieveContextSourceIdentity"})

GROUPS: Final = {
    "federationOps": _RETRIEVE | {"queryBatch"} | _DISCOVERY | _SUBSCRIPTIONS | _MAPS | _IDENTITY,
    "associationOps": _RETRIEVE | {"queryBatch"} | _DISCOVERY | _SUBSCRIPTIONS | _IDENTITY,
    "updateOps": frozenset({"updateEntity", "updateAttrs", "replaceEntity", "replaceAttrs"}),
    "retrieveOps": _RETRIEVE,
    "redirectionOps": _WRITES | _RETRIEVE | _DISCOVERY | _MAPS | _IDENTITY,
}
NAMES: Final = (
    _WRITES | _BATCHES | TEMPORAL | _DISCOVERY | _SUBSCRIPTIONS | _MAPS | _RETRIEVE | _IDENTITY | {"queryBatch"}
)
METHODS: Final = {
    "createEntity": "POST",
    "updateEntity": "PATCH",
    "appendAttrs": "POST",
    "updateAttrs": "PATCH",
    "deleteAttrs": "DELETE",
    "deleteEntity": "DELETE",
    "mergeEntity": "PATCH",
    "replaceEntity": "PUT",
    "replaceAttrs": "PUT",
    "upsertTemporal": "POST",
    "appendAttrsTemporal": "POST",
    "deleteAttrsTemporal": "DELETE",
    "updateAttrInstanceTemporal": "PATCH",
    "deleteAttrInstanceTemporal": "DELETE",
    "deleteTemporal": "DELETE",
}
"""The method of the HTTP binding by which an operation on one entity is asked (clause 6)."""
OF_AUXILIARY: Final = frozenset({"retrieveOps", "retrieveEntity", "queryEntity"})
"""What an auxiliary source may offer (clause 5.9.2.4)."""


def offered(named: Collection[str] | None, mode: str) -> frozenset[str]:
    """Return the operations behind these names; those of the default group when nothing is named."""
    if named is None:
        return GROUPS["retrieveOps" if mode == "auxiliary" else "federationOps"]
    return frozenset(name for given in named for name in GROUPS.get(given, {given}))
