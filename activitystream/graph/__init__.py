"""Who follows what, who asks to, and who does not want to meet whom."""

from .base import Change, Graph, Window, changed, get_graph, listen
from .blocks import VIEWER, apart_from, block, blocked, is_blocked, keep_apart, unblock, viewer_ref
from .clients import (
    all_apart,
    check_may_follow,
    find_followed,
    find_for,
    find_muted,
    find_person,
    find_rows_for,
    lists_hidden_from,
)
from .follows import (
    followers,
    following,
    follows,
    forget_person,
    forget_row,
    is_following,
    unfollow,
)
from .making import check_kind, follow, follow_many, follow_pairs, refusals
from .mutes import is_muted, mute, muted, unmute
from .parties import hold, owner_key
from .requests import accept, hand_over, incoming, is_requested, outgoing, reject, to_answer, withdraw
from .seen import cards_for
from .suggestions import Suggestion, suggestions
from .tables import FollowGraph

__all__ = [
    "VIEWER",
    "Change",
    "FollowGraph",
    "Graph",
    "Suggestion",
    "Window",
    "accept",
    "all_apart",
    "apart_from",
    "block",
    "blocked",
    "cards_for",
    "changed",
    "check_kind",
    "check_may_follow",
    "find_followed",
    "find_for",
    "find_muted",
    "find_person",
    "find_rows_for",
    "follow",
    "follow_many",
    "follow_pairs",
    "followers",
    "following",
    "follows",
    "forget_person",
    "forget_row",
    "get_graph",
    "hand_over",
    "hold",
    "incoming",
    "is_blocked",
    "is_following",
    "is_muted",
    "is_requested",
    "keep_apart",
    "listen",
    "lists_hidden_from",
    "mute",
    "muted",
    "outgoing",
    "owner_key",
    "refusals",
    "reject",
    "suggestions",
    "to_answer",
    "unblock",
    "unfollow",
    "unmute",
    "viewer_ref",
    "withdraw",
]
