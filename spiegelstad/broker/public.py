"""The door of the broker."""

from spiegelstad.broker.actions.applying import add_colleague, register_organisation
from spiegelstad.broker.actions.asking import BudgetExceeded, ask_noisy
from spiegelstad.broker.actions.keys import make_key, withdraw_key
from spiegelstad.broker.actions.offering import OfferIn, change_offer
from spiegelstad.broker.actions.requesting import (
    GrantIn,
    RequestIn,
    accept_agreement,
    ask_access,
    end_agreement,
    grant_request,
    refuse_request,
    withdraw_request,
)
from spiegelstad.broker.actions.sheets import Counted, protected_counts
from spiegelstad.broker.grants import AGREEMENTS, RateExceeded
from spiegelstad.broker.queries import NoSuchOffer, NoSuchRequest, NoSuchUpload, agreements_by_dataset
from spiegelstad.broker.rules.noise import Noisy
from spiegelstad.broker.rules.noise import Settings as NoiseSettings
from spiegelstad.broker.rules.scope import Scope
from spiegelstad.broker.rules.sheet import Asked, WrongQuestion
from spiegelstad.broker.rules.sheet import Settings as SheetSettings

__all__ = [
    "AGREEMENTS",
    "Asked",
    "BudgetExceeded",
    "Counted",
    "GrantIn",
    "NoSuchOffer",
    "NoSuchRequest",
    "NoSuchUpload",
    "NoiseSettings",
    "Noisy",
    "OfferIn",
    "RateExceeded",
    "RequestIn",
    "Scope",
    "SheetSettings",
    "WrongQuestion",
    "accept_agreement",
    "add_colleague",
    "agreements_by_dataset",
    "ask_access",
    "ask_noisy",
    "change_offer",
    "end_agreement",
    "grant_request",
    "make_key",
    "protected_counts",
    "refuse_request",
    "register_organisation",
    "withdraw_key",
    "withdraw_request",
]
