"""Real MQTT brokers as processes of their own: amqtt (speaks 3.1.1) and, where it is installed, Mosquitto (5)."""

import getpass
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import yaml

MOSQUITTO = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")


@dataclass
class Broker:
    """A broker that can be stopped and started again at the same port."""

    kind: str
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None)
    users: Path | None = None
    certificate: Path | None = None  # with its key beside it

    @property
    def place(self) -> dict[str, Any]:
        """What a definition says of it."""
        protocol = "mqtt-5" if self.kind == "mosquitto" else "mqtt-3.1.1"
        return {"host": "127.0.0.1", "port": self.port, "tls": False, "protocol": protocol}

    def start(self) -> None:
        with (self.folder / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(self._command(), stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(self.log())

    def log(self) -> str:
        return (self.folder / "broker.log").read_text()

    def _command(self) -> list[str]:
        if self.kind == "mosquitto":
            lines = [
                f"user {getpass.getuser()}",
                f"listener {self.port} 127.0.0.1",
                "persistence true",
                f"persistence_location {self.folder}/",
            ]
            lines += [
                "max_queued_messages 0",
                "max_inflight_messages 500",
                "autosave_interval 1",
                "log_type subscribe",
                "log_type error",
            ]
            lines += (
                [f"password_file {self.users}", "allow_anonymous false"] if self.users else ["allow_anonymous true"]
            )
            if self.certificate:
                lines += [f"certfile {self.certificate}", f"keyfile {self.certificate.with_suffix('.key')}"]
            (self.folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
            return [str(MOSQUITTO), "-c", str(self.folder / "mosquitto.conf")]
        settings = {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
        (self.folder / "amqtt.yaml").write_text(yaml.safe_dump(settings))
        return [sys.executable, "-m", "amqtt.scripts.broker_script", "-c", str(self.folder / "amqtt.yaml")]

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()  # amqtt may wait for its clients for ever
            self.process.wait()

    def publish(self, messages: Iterable[tuple[str, str | bytes]], *, seconds: float = 60) -> int:
        """Publish with quality of service 1; return how many the broker has acknowledged to us."""
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
        client.max_inflight_messages_set(200)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        sent = [client.publish(topic, payload, qos=1) for topic, payload in messages]
        for one in sent:
            one.wait_for_publish(seconds)
        client.disconnect()
        client.loop_stop()
        return sum(one.is_published() for one in sent)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
