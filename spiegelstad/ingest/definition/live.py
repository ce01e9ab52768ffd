"""The part of a source's definition about messages that come by themselves: an MQTT broker, a webhook.

Names of users, passwords and secrets never stand in a definition: it names a setting of the environment.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from spiegelstad.ingest.definition.columns import Part, wrong

SecretName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]


def _topic(text: str) -> str:
    levels = text.split("/")
    if not text or "\0" in text or len(text.encode()) > 1_000:
        raise wrong("this isn't a topic", "Write one such as `city/+/air`.")
    if text.startswith("$share/"):
        raise wrong("the group of a shared subscription isn't part of the topic", "Write `shared: true`.")
    if any("+" in level and level != "+" for level in levels):
        raise wrong(f"in `{text}`, `+` stands beside other signs", "Let `+` fill a whole level: `city/+/air`.")
    if any("#" in level and (level != "#" or place < len(levels) - 1) for place, level in enumerate(levels)):
        raise wrong(f"in `{text}`, `#` isn't the last level", "Write it once, at the end: `city/#`.")
    return text


class Mqtt(Part):
    """An MQTT broker and what we subscribe to there, always with quality of service 1."""

    host: str = Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$", description="host of the broker")
    port: int | None = Field(None, ge=1, le=65_535, description="port (default: 8883 with TLS, else 1883)")
    tls: bool = Field(True, description="encrypted, and the name in the certificate is checked")
    protocol: Literal["mqtt-5", "mqtt-3.1.1"] = Field("mqtt-5", description="The Things Stack speaks `mqtt-3.1.1`")
    topics: list[Annotated[str, AfterValidator(_topic)]] = Field(
        min_length=1, max_length=100, description="topics; `+` stands for one level, `#` for all that follow"
    )
    shared: bool = Field(
        False,
        description="several listeners divide the messages (a shared subscription, which the broker must know); else "
        "one listens and the others wait until it ends",
    )
    credentials: SecretName | None = Field(
        None,
        description="`gent-lora`: the settings SPIEGELSTAD_MQTT_GENT_LORA_USER and SPIEGELSTAD_MQTT_GENT_LORA_PASSWORD",
    )

    @property
    def real_port(self) -> int:
        """The port, given or usual."""
        return self.port or (8883 if self.tls else 1883)


class Webhook(Part):
    """How we know the sender of what is posted to `/api/lorawan/<source>`."""

    check: Literal["key", "signature"] = Field(
        "key",
        description="`key`: `Authorization: Bearer` with an API key of scope observations:write; `signature`: "
        "HMAC-SHA256 of the body in hexadecimal",
    )
    header: str = Field(
        "X-Signature-256", pattern=r"^[A-Za-z][A-Za-z0-9-]*$", description="`signature`: the header it stands in"
    )
    secret: SecretName | None = Field(
        None, description="`signature`: `gent-lora` names the setting SPIEGELSTAD_SECRET_GENT_LORA"
    )

    @model_validator(mode="after")
    def _secret_of_a_signature(self) -> Webhook:
        if self.check == "signature" and self.secret is None:
            raise wrong("a signature is checked with a secret", "Add `secret`, the name of a setting.", "check")
        if self.check == "key" and self.secret is not None:
            raise wrong("`secret` is for `check: signature`", "Remove one of them.", "secret")
        return self
