"""What those who run a site ask: whether streams agree with their queries, and what they take up."""

from .compare import Comparison, compare
from .export import export_user
from .inspect import Inspection, Where, inspect
from .owners import count_owners, is_there, owner_models, owners
from .rebuild import rebuild_anew
from .stats import FeedStats, Stats, gather
from .values import ValueOutcome, drop_value, verify_values
from .verify import BATCH, Outcome, Verdict, verify

__all__ = [
    "BATCH",
    "Comparison",
    "FeedStats",
    "Inspection",
    "Outcome",
    "Stats",
    "ValueOutcome",
    "Verdict",
    "Where",
    "compare",
    "count_owners",
    "drop_value",
    "export_user",
    "gather",
    "inspect",
    "is_there",
    "owner_models",
    "owners",
    "rebuild_anew",
    "verify",
    "verify_values",
]
