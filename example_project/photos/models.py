"""People, albums, photos, comments. Nothing here knows of feeds: `activities.py` does."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.urls import reverse
from django.utils import timezone

from .art import SCENES
from .art.faces import random_face


class Person(AbstractUser):
    """The user of this site."""

    display_name = models.CharField(max_length=60)
    bio = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=60, blank=True)
    face = models.CharField(
        max_length=60, blank=True, help_text="Code of a drawn face; empty: one is chosen."
    )
    is_private = models.BooleanField(
        "private", default=False, help_text="Others ask before they may follow, and see nothing until then."
    )

    class Meta:
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.display_name or self.username

    def get_absolute_url(self) -> str:
        return reverse("photos:person", args=[self.username])

    @property
    def face_url(self) -> str:
        return reverse("photos:face", args=[self.face or random_face(self.username)])


class Album(models.Model):
    owner = models.ForeignKey(Person, models.CASCADE, related_name="albums")
    title = models.CharField(max_length=80)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "title"], name="album_title")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("photos:album", args=[self.pk])

    @property
    def cover(self) -> Photo | None:
        """The newest photo. Prefetch `photos`, where there are many albums."""
        return next(iter(self.photos.all()), None)

    @property
    def cover_url(self) -> str | None:
        return self.cover.image_url if self.cover else None


class Photo(models.Model):
    """A picture, drawn from a scene and a seed."""

    owner = models.ForeignKey(Person, models.CASCADE, related_name="photos")
    album = models.ForeignKey(Album, models.CASCADE, related_name="photos")
    scene = models.CharField(max_length=20, choices=[(scene, scene.capitalize()) for scene in SCENES])
    seed = models.PositiveIntegerField()
    caption = models.CharField(max_length=200)
    created = models.DateTimeField(default=timezone.now)
    likes = models.ManyToManyField(Person, related_name="liked_photos", blank=True)

    class Meta:
        ordering = ["-created", "-pk"]
        indexes = [models.Index(fields=["-created", "-id"], name="photo_latest")]

    def __str__(self) -> str:
        return self.caption

    def get_absolute_url(self) -> str:
        return reverse("photos:photo", args=[self.pk])

    @property
    def image_url(self) -> str:
        return reverse("photos:picture", args=[self.scene, self.seed])


class Comment(models.Model):
    author = models.ForeignKey(Person, models.CASCADE, related_name="comments")
    photo = models.ForeignKey(Photo, models.CASCADE, related_name="comments")
    text = models.CharField(max_length=500)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created", "pk"]

    def __str__(self) -> str:
        return self.text if len(self.text) <= 60 else f"{self.text[:59]}…"

    def get_absolute_url(self) -> str:
        return f"{self.photo.get_absolute_url()}#comment-{self.pk}"
