"""Django's connections with PostgreSQL; one that died with the database is replaced before it is used.

The pool can look at a connection itself, but after each dead one it waits, longer each time: after a restart of the
database nobody would be answered for the ten seconds that a request may wait.
"""

from typing import Any

import psycopg
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A thread's connection, taken from the pool."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection that answers; dead ones are given back, and the pool makes others in their place."""
        connection = super().get_new_connection(conn_params)
        if self.pool is None:  # Django itself, to make or drop a database
            return connection
        for _ in range(self.pool.max_size):
            try:
                self.pool.check_connection(connection)
            except psycopg.OperationalError:
                self.pool.putconn(connection)
                connection = super().get_new_connection(conn_params)
            else:
                break
        return connection
