"""What models say about themselves: registration, and the cards made from it."""

from .attributes import follow_path
from .cards import CardDict, bare_card, card_of, cards_of, load_cards, make_card, safe_url
from .kept import Kept, load_kept
from .limits import Limit, hidden_by_hooks, hooks_hide_rows
from .lookup import RowNotFound, find_row, find_rows, load_all, load_instances
from .options import ModelActivity, offer_kinds
from .owners import Belongings, load_belongings
from .registry import (
    is_registered,
    observe,
    options_for,
    options_for_label,
    register,
    registered,
    unregister,
)

__all__ = [
    "Belongings",
    "CardDict",
    "Kept",
    "Limit",
    "ModelActivity",
    "RowNotFound",
    "bare_card",
    "card_of",
    "cards_of",
    "find_row",
    "find_rows",
    "follow_path",
    "hidden_by_hooks",
    "hooks_hide_rows",
    "is_registered",
    "load_all",
    "load_belongings",
    "load_cards",
    "load_instances",
    "load_kept",
    "make_card",
    "observe",
    "offer_kinds",
    "options_for",
    "options_for_label",
    "register",
    "registered",
    "safe_url",
    "unregister",
]
