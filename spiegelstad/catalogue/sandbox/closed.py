"""How DuckDB is closed to everything but the files it is given: for queries of others and for our own alike. Pure."""

from typing import Final

Settings = dict[str, str | bool | int | float | list[str]]

CLOSED: Final[Settings] = {
    "temp_directory": "",
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
    "default_null_order": "nulls_last",
    "preserve_insertion_order": True,
}
"""Given when a database is made. What follows the files' names is locked by who makes it: external access, settings."""
