"""Models of a site, for the tests: keys of every kind, and what relations activities are made from."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models


class Album(models.Model):
    """A key that is a UUID."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    title = models.CharField(max_length=100)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    photos: models.ManyToManyField[Photo, models.Model] = models.ManyToManyField("Photo", related_name="+")

    def __str__(self) -> str:
        return self.title


class Photo(models.Model):
    caption = models.CharField(max_length=100)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="photos")
    album = models.ForeignKey(Album, models.CASCADE, null=True)
    likes = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="liked_photos")
    hidden = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.caption

    def get_absolute_url(self) -> str:
        return f"/photos/{self.pk}/"

    def thumbnail_url(self) -> str:
        return f"/thumbnails/{self.pk}.jpg"


class ProxyPhoto(Photo):
    class Meta:
        proxy = True


class Page(models.Model):
    """A key that is a string, and activities that outlive their page."""

    slug = models.CharField(max_length=200, primary_key=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)

    def __str__(self) -> str:
        return f"Page {self.slug}"


class Note(models.Model):
    """Not registered: tests register it as they need it. It may have no author; its readers have a model."""

    text = models.CharField(max_length=100, default="")
    views = models.IntegerField(default=0)
    score = models.DecimalField(max_digits=6, decimal_places=2, default=0)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="notes")
    about = models.ForeignKey(Photo, models.CASCADE, null=True, related_name="notes")
    readers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="read_notes", through="Reading", blank=True
    )

    def __str__(self) -> str:
        return self.text


class LongNote(Note):
    """A row of two tables."""

    more = models.TextField(default="")


class Reading(models.Model):
    """The model between a note and its readers."""

    note = models.ForeignKey(Note, models.CASCADE)
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)

    def __str__(self) -> str:
        return f"{self.note_id} {self.reader_id}"


class Profile(models.Model):
    """What a site says of its users beside the user model, as docs/guide/privacy.md has it, and friends as it
    may have had them before: the table behind the graph of docs/guide/following.md."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True)
    friends = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="befriended_by")
    title = models.CharField(max_length=40, default="", blank=True)
    is_private = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.user)


class Company(User):
    """A row of two tables, and a user."""

    vat = models.CharField(max_length=20, default="")


class PaidProfile(Profile):
    """A row of two tables."""

    plan = models.CharField(max_length=10, default="")


class Tag(models.Model):
    """A row beside a note, which says whose the note is. It can move to another."""

    note = models.OneToOneField(Note, models.CASCADE, null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.by)


class LongTag(Tag):
    """A row of two tables."""

    more = models.TextField(default="")


class Unregistered(models.Model):
    name = models.CharField(max_length=10)

    def __str__(self) -> str:
        return self.name


class Pair(models.Model):
    """A composite primary key: it cannot be registered."""

    pk = models.CompositePrimaryKey("left", "right")
    left = models.IntegerField()
    right = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.left}-{self.right}"
