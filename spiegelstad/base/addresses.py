"""Which network addresses the program may go to: public ones, and hosts that the installation allows. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # RFC 4291, 2.4, and IANA's registry
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether this IP address is on the public internet: not private, loopback, link-local, multicast or reserved.

    Addresses that carry another one inside (IPv4-mapped, 6to4, Teredo, NAT64) are judged by the one inside too.
    """
    try:
        parsed = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    return all(_is_global(one) for one in (parsed, *_inside(parsed)))


def _is_global(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None or address.sixtofour is not None or address in _NAT64:
            return True  # judged by the address inside; what Python says of the outer one differs with its version
        if address not in _GLOBAL_UNICAST:
            return False  # the old site-local addresses (fec0::/10) are global for Python
    return address.is_global and not address.is_multicast and not address.is_reserved and not address.is_unspecified


def _inside(address: Address) -> list[Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[Address] = [one for one in (address.ipv4_mapped, address.sixtofour) if one is not None]
    found.extend(address.teredo or ())
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found


def is_allowed_host(host: str, port: int, allowed: Collection[str]) -> bool:
    """Whether the installation allows this private host: its name alone, or name:port."""
    return host.lower() in allowed or f"{host.lower()}:{port}" in allowed
