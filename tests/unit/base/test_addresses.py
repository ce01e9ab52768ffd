"""Which addresses of the network are public."""

from __future__ import annotations

import pytest

from spiegelstad.base.addresses import is_public


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2a00:1450:400e:80c::200e", "::ffff:8.8.8.8", "2002:808:808::1", "64:ff9b::808:808"]
)
def test_public_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1", "no address",
        "fec0::1", "64:ff9b:1::7f00:1", "::7f00:1", "4000::1",
    ],
)  # fmt: skip
def test_private_address_is_not_public(address: str) -> None:
    assert not is_public(address)
