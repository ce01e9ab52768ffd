"""Who uses a dataset: figures, apps, studies. Higher rooms tell it (`tell_uses`), the page of the dataset shows it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from spiegelstad.accounts.public import Actor
from spiegelstad.base.localised import Localised


@dataclass(frozen=True, slots=True)
class Use:
    """Something that is made of a dataset: `kind` in words (an indicator, an app), and its page."""

    kind: str
    name: Localised | str
    url: str


TellsUses = Callable[[Actor, str], Iterable[Use]]
"""Gives what this actor may see of what is made of the dataset with this slug."""

_tellers: list[TellsUses] = []


def tell_uses(teller: TellsUses) -> None:
    """Let a higher room tell what it makes of datasets; done once, when the program starts."""
    if teller not in _tellers:
        _tellers.append(teller)


def uses(actor: Actor, slug: str) -> list[Use]:
    """Return everything that is made of a dataset, as far as this actor may see it."""
    return [use for teller in _tellers for use in teller(actor, slug)]
