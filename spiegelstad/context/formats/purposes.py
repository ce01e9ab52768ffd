"""For what a payload is read: what it may leave out, and where it may hold the NGSI-LD null (clauses 5.4 and 5.5.4)."""

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Purpose:
    """`whole`: an entity with id and type; `nulls`: members may be null; `deep_nulls`: also inside a value;

    `partial`: attributes may lack their type or value, which the target then has; `simplified`: in the simplified
    representation, where an object with a type is a value too.
    """

    whole: bool = False
    nulls: bool = False
    deep_nulls: bool = False
    partial: bool = False
    simplified: bool = False


CREATE: Final = Purpose(whole=True)
"""A whole entity: create, batch create, batch upsert."""
FRAGMENT: Final = Purpose()
"""Attributes that are added or that replace: append, replace entity, replace attribute."""
UPDATE: Final = Purpose(nulls=True)
"""Attributes that replace or, when null, are deleted: update attributes (5.6.2)."""
PATCH: Final = Purpose(nulls=True, partial=True)
"""A part of one attribute: partial attribute update (5.6.4)."""
MERGE: Final = Purpose(nulls=True, deep_nulls=True, partial=True)
"""What is merged into an entity (5.6.17)."""
MERGE_SIMPLIFIED: Final = replace(MERGE, simplified=True)
"""The same in the simplified representation (6.5.3.4): it changes the type of no attribute."""
