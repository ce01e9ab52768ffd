"""A client of MQTT brokers that connects to addresses that were judged, and to nothing else."""

import socket
import ssl

import httpcore
from paho.mqtt import client as paho

from spiegelstad.base.outgoing import judged_addresses

CONNECT_S = 10.0


class JudgedClient(paho.Client):
    """TLS is begun here and not by paho, which leaves the socket open when a certificate isn't right."""

    is_encrypted = True

    def _create_socket_connection(self) -> socket.socket:
        plain = connect(self._host, self._port)
        if not self.is_encrypted:
            return plain
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=self._host)
        except BaseException:
            plain.close()
            raise


def connect(host: str, port: int) -> socket.socket:
    """Resolve once, judge every address, connect to the first that answers. Raises HostNotAllowed, OSError."""
    try:
        addresses = judged_addresses(host, port)
    except httpcore.ConnectError as error:
        raise OSError(str(error)) from None
    failure: OSError = OSError(f"{host} has no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=CONNECT_S)
        except OSError as error:
            failure = error
    raise failure
