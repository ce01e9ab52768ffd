"""How often Python looks for garbage that holds itself: seldom, since what requests and batches make goes by itself."""

import gc

SELDOM = (100_000, 20, 20)
"""For `gc.set_threshold`. By Python's own, a batch of entities pays a third of its time for being looked through."""


def look_seldom() -> None:
    """Do so in this process from now on."""
    gc.set_threshold(*SELDOM)
