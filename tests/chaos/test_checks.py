"""The checks of the chaos test find what they are for, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from .ledger import Ledger, Made, Period, Sight, Timeline
from .listeners import LAG, Heard, Listener, check_listeners
from .report import Disturbance, History, Report
from .walks import FeedOf, Walk, check_walks

HOME = FeedOf("home", 1, 1)


class Journal:
    """A journal whose work is done the given number of seconds after it was written down."""

    def __init__(self, behind: float) -> None:
        self._behind = behind

    def before(self, moment: float) -> float:
        return moment - self._behind

    def when(self, moment: float) -> float:
        return moment + self._behind


@pytest.fixture
def ledger() -> Ledger:
    """Person 1 follows person 2, who has published activity 7 between the seconds 10 and 11."""
    made = Ledger([1, 2], [(1, 2)])
    exists = Timeline(False)
    exists.add(Period(10, 11), True)
    audience, version = Timeline(("public", frozenset())), Timeline(0)
    made.publish(Made(7, "say", 2, None, None, Period(10, 11), exists, audience, version))
    return made


def found(
    ledger: Ledger, *walks: Walk, behind: float = 0, faults: list[Disturbance] | None = None
) -> list[str]:
    """The kinds of differences in these walks."""
    journal: Any = Journal(behind)
    report = Report(0)
    check_walks(walks, ledger, History(journal, faults or []), report)
    return list(report.differences)


def walked(begin: float, end: float, *seen: int, n: int = 0) -> Walk:
    return Walk(HOME, False, Period(begin, end), list(seen), dict.fromkeys(seen, n), 1, ended=True)


def test_a_fact_is_certain_unless_a_change_is_under_way() -> None:
    fact = Timeline(False)
    fact.add(Period(10, 12), True)
    assert fact.holds(Period(0, 9), True) is False
    assert fact.holds(Period(0, 11), True) is None
    assert fact.holds(Period(13, 20), True) is True


def test_a_lost_answer_leaves_both_possible_until_the_next_change() -> None:
    fact = Timeline(False)
    fact.add(Period(10, 12), True, sure=False)
    assert fact.values(Period(13, 20)) == {True, False}
    fact.add(Period(21, 22), True)
    assert fact.values(Period(23, 30)) == {True}


def test_of_two_changes_at_once_either_may_be_the_last() -> None:
    fact = Timeline(False)
    fact.add(Period(10, 12), True)
    fact.add(Period(11, 13), False)
    assert fact.values(Period(14, 20)) == {True, False}
    fact.add(Period(15, 16), False)
    assert fact.holds(Period(17, 20), True) is False


def test_a_walk_must_show_what_was_there_all_the_time(ledger: Ledger) -> None:
    assert found(ledger, walked(12, 13)) == ["was missing in a walk"]
    assert not found(ledger, walked(12, 13, 7))
    assert not found(ledger, walked(10.5, 13)), "it was published meanwhile"
    assert not found(ledger, walked(12, 13), behind=2), "its fan-out may not be done"


def test_a_walk_must_not_show_what_was_gone_before(ledger: Ledger) -> None:
    ledger.retract(ledger.made[7], Period(20, 21), sure=True)
    assert found(ledger, walked(22, 23, 7)) == ["was shown though it was hidden or gone"]
    assert not found(ledger, walked(20.5, 23, 7))
    fault = Disturbance("restart-empty", "", Period(21.5, 22))
    assert not found(ledger, walked(22, 23, 7), behind=3, faults=[fault]), "a fault may delay it"
    assert found(ledger, walked(30, 31, 7), behind=3, faults=[fault]), "but not for long"


@pytest.mark.parametrize("change", ["block", "unfollow", "private", "audience"])
def test_a_walk_must_not_show_what_is_hidden(ledger: Ledger, change: str) -> None:
    period = Period(20, 21)
    if change == "block":
        ledger.set_apart(2, 1, period, sure=True)
    elif change == "audience":
        ledger.note(ledger.made[7].audience, period, ("named", frozenset()), sure=True)
    else:
        ledger.note(ledger.follows[1, 2], period, False, sure=True)
    if change == "private":
        ledger.note(ledger.private[2], period, True, sure=True)
    assert found(ledger, walked(22, 23, 7)) == ["was shown though it was hidden or gone"]
    assert not found(ledger, walked(22, 23))


def test_a_walk_shows_each_activity_once_and_as_it_is(ledger: Ledger) -> None:
    assert found(ledger, walked(12, 13, 7, 7)) == ["came twice in one walk"]
    ledger.note(ledger.made[7].version, Period(20, 21), 5, sure=True)
    assert found(ledger, walked(22, 23, 7)) == ["was shown with old data"]
    assert not found(ledger, walked(22, 23, 7, n=5))


def test_followers_of_a_private_account_see_it(ledger: Ledger) -> None:
    ledger.note(ledger.private[2], Period(20, 21), True, sure=True)
    made, later = ledger.made[7], Period(22, 23)
    assert Sight(ledger, later).may_see(1, made)
    assert Sight(ledger, later).may_see(2, made)
    ledger.note(ledger.follows[1, 2], Period(24, 25), False, sure=True)
    assert Sight(ledger, later).may_see(1, made)
    assert Sight(ledger, Period(26, 27)).may_see(1, made) is False


def heard(ledger: Ledger, *events: Heard, rest: Period | None = None) -> list[str]:
    """The kinds of differences for a listener of the home of person 1, connected since the second 5."""
    nothing: Any = None
    journal: Any = Journal(0)
    listener = Listener(nothing, HOME, nothing, nothing)
    listener.heard = [Heard(5, "open", {}), Heard(5, "page", {}), *events]
    report = Report(0)
    check_listeners([listener], ledger, History(journal, rest=rest), report)
    return list(report.differences)


def test_what_is_published_arrives_live(ledger: Ledger) -> None:
    assert heard(ledger) == ["did not arrive live"]
    assert not heard(ledger, Heard(12, "activity", {7: 0}))
    assert not heard(ledger, Heard(12, "page", {7: 0})), "it was on a page that was read again"
    assert heard(ledger, Heard(11 + LAG + 1, "activity", {7: 0})) == ["did not arrive live"], "too late"


def test_a_listener_that_is_not_connected_misses_nothing(ledger: Ledger) -> None:
    assert not heard(ledger, Heard(12, "lost", {}))
    assert not heard(ledger, Heard(9, "lost", {}), Heard(15, "open", {})), "it has just come back"
    assert heard(ledger, Heard(9, "lost", {}), Heard(10.5, "open", {})) == ["did not arrive live"]


def test_what_was_gone_before_must_not_arrive_live(ledger: Ledger) -> None:
    ledger.retract(ledger.made[7], Period(20, 21), sure=True)
    arrived = Heard(12, "activity", {7: 0})
    assert not heard(ledger, arrived, Heard(21 + LAG - 1, "activity", {7: 0})), "it may have been on its way"
    wrong = heard(ledger, arrived, Heard(21 + LAG + 1, "activity", {7: 0}))
    assert wrong == ["was sent live though it was hidden or gone"]


def test_a_page_is_not_read_again_and_again_without_a_reason(ledger: Ledger) -> None:
    pages = [Heard(12 + n, "page", {7: 0}) for n in range(9)]
    assert not heard(ledger, *pages)
    assert heard(ledger, *pages, rest=Period(10, 30)) == [
        "a page that listens was to be read again and again"
    ]
