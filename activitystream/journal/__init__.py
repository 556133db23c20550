"""Work that must follow a commit: written in the same transaction, run after it, redone until it is done."""

from .broker import send_to_broker
from .entries import (
    after_commit,
    finish,
    handler,
    in_transaction,
    put_off,
    record,
    run,
    run_step,
    work_on,
    write_alias,
    writing,
)
from .sweep import Swept, last_sweep, pending, stalled, sweep
from .upkeep import drop, erase, fans_out, forget

__all__ = [
    "Swept",
    "after_commit",
    "drop",
    "erase",
    "fans_out",
    "finish",
    "forget",
    "handler",
    "in_transaction",
    "last_sweep",
    "pending",
    "put_off",
    "record",
    "run",
    "run_step",
    "send_to_broker",
    "stalled",
    "sweep",
    "work_on",
    "write_alias",
    "writing",
]
