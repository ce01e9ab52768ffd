"""Who acts (`Actor`), and how API keys look. Pure."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field

from spiegelstad.accounts.vocabulary import STAFF, ActorKind, Role

SCOPES = frozenset({"observations:write", "context:write", "data:read"})


@dataclass(frozen=True, slots=True)
class Actor:
    """The one description of who does something, in one tenant; every act and query takes it.

    `departments` are those a steward answers for; `scopes` are what an API key may do (`observations:write`).
    """

    tenant_id: str
    kind: ActorKind
    id: str
    name: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    departments: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def anonymous(cls, tenant_id: str) -> "Actor":
        """Return a reader nobody knows."""
        return cls(tenant_id, ActorKind.ANONYMOUS, "anonymous", "anonymous")

    @classmethod
    def open(cls, tenant_id: str) -> "Actor":
        """Return who may do what any key may, where a setting opens a part of the program for tests."""
        return cls(tenant_id, ActorKind.KEY, "open", "open", scopes=SCOPES)

    @classmethod
    def system(cls, tenant_id: str, name: str) -> "Actor":
        """Return the program itself, acting for its part `name`."""
        return cls(tenant_id, ActorKind.SYSTEM, f"system:{name}", name)

    @property
    def is_staff(self) -> bool:
        """Whether this is a person who works for the city."""
        return bool(self.roles & STAFF)

    @property
    def is_system(self) -> bool:
        """Whether the program itself acts."""
        return self.kind is ActorKind.SYSTEM


KEY_FORMAT = re.compile(r"^sps_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$")


def new_secret() -> str:
    """Return 256 random bits as 43 characters."""
    return secrets.token_urlsafe(32)


def key_digest(secret: str) -> str:
    """Return the digest we keep. The secret has 256 random bits, so one SHA-256 cannot be searched."""
    return hashlib.sha256(secret.encode()).hexdigest()
