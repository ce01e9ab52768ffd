"""PostgreSQL types that Django lacks."""

from typing import TYPE_CHECKING, Any

from django.db import models

Box = tuple[float, float, float, float]

if TYPE_CHECKING:
    _Field = models.Field[Box | None, Box | None]
else:
    _Field = models.Field  # Django's own class takes no type arguments at run time


class BoxField(_Field):
    """A rectangle `(min_x, min_y, max_x, max_y)` as PostgreSQL's `box`, to be indexed by GiST and asked with `&&`.

    The builtin `point <@ polygon` compares with an absolute epsilon and is wrong in degrees; a box finds candidates
    and shapely decides.
    """

    def db_type(self, connection: Any) -> str:
        return "box"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Box | None:
        if value is None:
            return None
        x2, y2, x1, y1 = (float(part) for part in value.replace("(", "").replace(")", "").split(","))
        return (x1, y1, x2, y2)

    def get_prep_value(self, value: Any) -> str | None:
        if value is None or isinstance(value, str):
            return value
        x1, y1, x2, y2 = value
        return f"(({x1!r},{y1!r}),({x2!r},{y2!r}))"
