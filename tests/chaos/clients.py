"""Clients: threads that do at random what people do, and write down what was answered."""

from __future__ import annotations

import threading
import time
from collections import Counter
from random import Random
from typing import Any

from .api import Answer, Api
from .ledger import FOREVER, Ledger, Made, Period, Timeline
from .walks import Walk, any_feed, walk

__all__ = ["Client"]

CROWDED = 40
"""Activities of a person and a verb, above which clients retract more than they publish."""
VISIBILITIES = ("public", "public", "public", "followers", "named", "self")
USER = "auth.user"
WEIGHTS = {
    "publish": 20,
    "retract": 9,
    "edit": 6,
    "show_to_others": 5,
    "like": 7,
    "unlike": 3,
    "follow": 9,
    "unfollow": 3,
    "answer": 5,
    "block": 2,
    "unblock": 5,
    "go_private": 2,
    "rename": 1,
    "mark": 4,
    "look": 8,
    "page": 8,
}
ABOUT_PEOPLE = ("follow", "unfollow", "answer", "block", "unblock", "go_private")


class Client(threading.Thread):
    """One client. It acts as any of the people, as several devices of one person do at once."""

    def __init__(
        self, api: Api, ledger: Ledger, photos: dict[int, int], random: Random, stop: threading.Event
    ) -> None:
        super().__init__(daemon=True)
        self._api, self._ledger, self._photos = api, ledger, photos
        self._random, self._stop_asked = random, stop
        self.at_rest = threading.Event()
        """Set when people are to stay as they are: streams stay warm then, and faults in them stay."""
        self.done: Counter[str] = Counter()
        self.walks: list[Walk] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        """Act until it is told to stop."""
        names, weights = list(WEIGHTS), list(WEIGHTS.values())
        try:
            while not self._stop_asked.is_set():
                [name] = self._random.choices(names, weights)
                if name not in ABOUT_PEOPLE or not self.at_rest.is_set():
                    getattr(self, name)(self._random.choice(self._ledger.people))
                time.sleep(self._random.uniform(0, 0.1))
        except BaseException as error:  # noqa: BLE001  (the runner reports it)
            self.error = error
        finally:
            self._api.close()

    # -- activities ------------------------------------------------------------------------------------------

    def publish(self, who: int) -> None:
        """Say something, to everybody or to some; after a lost answer, again with the same key."""
        if len(self._ledger.of(who, "say")) > CROWDED:
            return self.retract(who)
        photo = self._random.choice([None, *(pk for pk, owner in self._photos.items() if owner == who)])
        visibility, named = self._audience()
        body: dict[str, Any] = {"verb": "say", "data": {"n": 0}, "visibility": visibility}
        if photo is not None:
            body["object"] = {"type": "app.photo", "id": str(photo)}
        if named:
            body["to"] = _refs(named)
        answer = self._repeat(who, body)
        if answer.is_done:
            owner = None if photo is None else who
            self._publish(answer, int(answer.body["id"]), "say", who, owner, photo, visibility, named)
        return self._count("publish", answer)

    def _repeat(self, who: int, body: dict[str, Any]) -> Answer:
        key = {"Idempotency-Key": f"{self._random.getrandbits(64):x}"}
        answer = self._api.send(who, "POST", "/feeds/activities/", body, **key)
        begin, tries = answer.period.begin, 0
        while answer.is_open and tries < 10:
            time.sleep(0.2)
            answer = self._api.send(who, "POST", "/feeds/activities/", body, **key)
            tries += 1
        return answer._replace(period=Period(begin, answer.period.end))

    def _publish(
        self,
        answer: Answer,
        id: int,
        verb: str,
        actor: int,
        owner: int | None,
        photo: int | None,
        visibility: str = "public",
        named: frozenset[int] = frozenset(),
    ) -> None:
        exists = Timeline(False)
        exists.add(answer.period, True)
        audience, version = Timeline((visibility, named)), Timeline(0 if verb == "say" else None)
        self._ledger.publish(Made(id, verb, actor, owner, photo, answer.period, exists, audience, version))

    def _audience(self) -> tuple[str, frozenset[int]]:
        visibility = self._random.choice(VISIBILITIES)
        some = self._random.sample(self._ledger.people, 2) if visibility == "named" else []
        return visibility, frozenset(some)

    def _mine(self, who: int) -> Made | None:
        mine = self._ledger.of(who, "say")
        return self._random.choice(mine) if mine else None

    def retract(self, who: int) -> None:
        """Retract an activity that this person published."""
        if made := self._mine(who):
            answer = self._api.send(who, "DELETE", f"/feeds/activities/{made.id}/")
            if answer.is_done or answer.is_open:
                self._ledger.retract(made, answer.period, sure=answer.is_done)
            self._count("retract", answer)

    def edit(self, who: int) -> None:
        """Change the number in the data of an activity that this person published."""
        if made := self._mine(who):
            n = self._random.randint(1, 10**9)
            answer = self._api.send(who, "PATCH", f"/feeds/activities/{made.id}/", {"data": {"n": n}})
            self._note(made.version, answer, n)
            self._count("edit", answer)

    def show_to_others(self, who: int) -> None:
        """Change the visibility of an activity that this person published."""
        if made := self._mine(who):
            visibility, named = self._audience()
            body: dict[str, Any] = {"visibility": visibility}
            if named:
                body["to"] = _refs(named)
            answer = self._api.send(who, "PATCH", f"/feeds/activities/{made.id}/", body)
            self._note(made.audience, answer, (visibility, named))
            self._count("change visibility", answer)

    def like(self, who: int) -> None:
        """Like a photo: its owner is notified."""
        photo, owner = self._random.choice(list(self._photos.items()))
        answer = self._api.send(who, "PUT", f"/site/likes/{photo}/")
        answer = answer._replace(period=self._ledger.since_lost((who, photo), answer.period, answer.is_open))
        if answer.is_done and answer.body["id"] is not None:
            self._publish(answer, int(answer.body["id"]), "like", who, owner, photo)
        self._count("like", answer)

    def unlike(self, who: int) -> None:
        """Take a like back."""
        if likes := self._ledger.of(who, "like"):
            made = self._random.choice(likes)
            answer = self._api.send(who, "DELETE", f"/site/likes/{made.photo}/")
            if answer.is_done or answer.is_open:
                self._ledger.retract(made, answer.period, sure=answer.is_done)
            self._count("unlike", answer)

    def rename(self, who: int) -> None:
        """Change the caption of a photo that this person owns."""
        for photo, owner in self._photos.items():
            if owner == who:
                caption = {"caption": f"photo {self._random.randint(1, 999)}"}
                self._count("rename", self._api.send(who, "PUT", f"/site/photos/{photo}/", caption))
                return

    # -- people ----------------------------------------------------------------------------------------------

    def follow(self, who: int) -> None:
        """Follow somebody, or ask to."""
        other = self._other(who)
        body = {"type": USER, "id": str(other)}
        answer = self._api.send(who, "POST", "/feeds/follows/", body)
        if answer.status != 202 and not (answer.is_done and answer.body["requested"]):
            self._note(self._ledger.follows[who, other], answer, True)
        self._count("follow", answer)

    def unfollow(self, who: int) -> None:
        """Unfollow somebody, or take a request back."""
        other = self._other(who)
        answer = self._api.send(who, "DELETE", f"/feeds/follows/{USER}/{other}/")
        self._note(self._ledger.follows[who, other], answer, False)
        self._count("unfollow", answer)

    def answer(self, who: int) -> None:
        """Accept, mostly, whoever asks to follow."""
        found = self._api.send(who, "GET", "/feeds/requests/")
        for request in found.body["results"][:3] if found.is_done else ():
            path = f"/feeds/requests/{request['id']}/"
            if self._random.random() < 0.2:
                self._count("reject", self._api.send(who, "DELETE", path))
                continue
            answer = self._api.send(who, "POST", f"{path}accept/")
            self._note(self._ledger.follows[int(request["follower"]["id"]), who], answer, True)
            self._count("accept", answer)

    def block(self, who: int) -> None:
        """Block somebody."""
        other = self._other(who)
        answer = self._api.send(who, "POST", "/feeds/blocks/", {"type": USER, "id": str(other)})
        if answer.is_done or answer.is_open:
            self._ledger.set_apart(who, other, answer.period, sure=answer.is_done)
        self._count("block", answer)

    def unblock(self, who: int) -> None:
        """Unblock somebody."""
        other = self._other(who)
        answer = self._api.send(who, "DELETE", f"/feeds/blocks/{USER}/{other}/")
        self._note(self._ledger.blocks[who, other], answer, False)
        self._count("unblock", answer)

    def go_private(self, who: int) -> None:
        """Make one's account private, or public again."""
        wanted = self._random.random() < 0.4
        answer = self._api.send(who, "PUT", "/site/private/", {"private": wanted})
        self._note(self._ledger.private[who], answer, wanted)
        self._count("go private" if wanted else "go public", answer)

    def _other(self, who: int) -> int:
        return self._random.choice([person for person in self._ledger.people if person != who])

    # -- reading ---------------------------------------------------------------------------------------------

    def mark(self, who: int) -> None:
        """Open the notifications, and mark some as seen or read."""
        page = self._api.get(who, "/feeds/notifications/?limit=5")
        body: dict[str, Any] = {"mark": self._random.choice(["seen", "read"])}
        groups = page.body["results"] if page.is_done else []
        if groups and self._random.random() < 0.7:
            group = self._random.choice(groups)
            body |= self._random.choice([{"group": group["key"]}, {"up_to": group["id"]}])
        self._count("mark", self._api.send(who, "POST", "/feeds/notifications/mark/", body))

    def look(self, who: int) -> None:
        """Read what the start page of a site reads."""
        home = self._api.get(who, "/feeds/home/")
        self._api.get(who, "/feeds/notifications/counts/")
        self._api.get(who, f"/feeds/home/?group={self._random.choice(['', 'verb,object'])}")
        if home.is_done and (newest := home.body["paging"]["cursors"]["before"]):
            self._api.get(who, f"/feeds/home/new/?since={newest}")
        self._count("look", home)

    def page(self, who: int) -> None:
        """Walk through a feed, older and older or newer and newer."""
        feed = any_feed(self._random, who, self._ledger.people, self._photos)
        walked = walk(self._api, feed, self._random)
        self.walks.append(walked)
        self.done[f"walk {'back' if walked.back else 'on'}"] += 1
        self.done["pages"] += walked.pages

    def _note(self, timeline: Timeline, answer: Answer, value: Any) -> None:
        # A change of what somebody else retracts at the same time may be done and yet answered with 404.
        if answer.is_done or answer.is_open or answer.status == 404:
            self._ledger.note(timeline, answer.period, value, sure=answer.is_done)

    def _count(self, what: str, answer: Answer) -> None:
        outcome = "" if answer.is_done else " (unanswered)" if answer.is_open else " (refused)"
        self.done[what + outcome] += 1
        if answer.status == 0 and answer.period.end == FOREVER:
            self.done["timed out"] += 1


def _refs(people: frozenset[int]) -> list[dict[str, str]]:
    return [{"type": USER, "id": str(person)} for person in sorted(people)]
