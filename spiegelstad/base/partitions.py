"""Monthly partitions of a table, made when the first row of a month comes.

A partition is made apart and then attached, because ATTACH lets readers and writers of the other months go on and
CREATE … PARTITION OF does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from spiegelstad.base import sql
from spiegelstad.base.clock import now

_MAKE = """
DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('{parent}'));
    IF to_regclass('{name}') IS NULL THEN
        CREATE TABLE {name} (LIKE {parent} INCLUDING ALL);
        ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ('{month} 00:00:00+00') TO ('{to} 00:00:00+00');
    END IF;
END $$
"""
_HOLDS_LOCK = """
SELECT FROM pg_locks
WHERE pid = pg_backend_pid() AND locktype = 'advisory' AND objid::bigint = hashtext(%s)::bigint & 4294967295
"""
_committed: set[tuple[str, str]] = set()  # database and table; asked only for months that retention leaves alone


@dataclass(frozen=True, slots=True)
class Months:
    """The partitions of a table by month (UTC); months are given by their first day.

    Retention drops months that are over only: the present one and those to come are remembered once they are there.
    """

    parent: str

    def name(self, month: date) -> str:
        """Return the table of the rows of a month."""
        return f"{self.parent}_{month:%Y_%m}"

    def ensure(self, months: Sequence[date]) -> None:
        """Make those that are missing; many may do so at once. Call it before rows are locked: it may wait."""
        for month in self._missing(months):
            self._make(connection, month)

    def ensure_apart(self, months: Sequence[date]) -> None:
        """Make those that are missing from inside a transaction that has locked rows, on a connection of its own.

        Held until its end, the lock of the makers could make this transaction wait for one that waits for its rows.
        """
        present = now().date().replace(day=1)
        database = connection.settings_dict["NAME"]
        unknown = [month for month in months if month < present or (database, self.name(month)) not in _committed]
        if not unknown:
            return
        for month in self._missing(unknown):
            if sql.rows(_HOLDS_LOCK, [self.parent]):  # by this transaction: another connection would wait for us
                self._make(connection, month)
                continue
            other = connection.copy()
            try:
                self._make(other, month)
            finally:
                other.close()
        # A transaction that has used the table before looks at what others attached only when it takes a new lock.
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {', '.join(self.name(month) for month in unknown)} IN ACCESS SHARE MODE")
        transaction.on_commit(lambda: _committed.update((database, self.name(month)) for month in unknown))

    def _make(self, through: BaseDatabaseWrapper, month: date) -> None:
        to = (month + timedelta(days=32)).replace(day=1)
        with through.cursor() as cursor:
            cursor.execute(_MAKE.format(parent=self.parent, name=self.name(month), month=month, to=to))

    def _missing(self, months: Sequence[date]) -> list[date]:
        names = [self.name(month) for month in months]
        found = {name for (name,) in sql.rows("SELECT relname FROM pg_class WHERE relname = ANY(%s)", [names])}
        return [month for month, name in zip(months, names, strict=True) if name not in found]
