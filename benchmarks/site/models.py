"""What people post, and to where."""

from __future__ import annotations

from django.db import models


class Album(models.Model):
    """What photos are posted to."""

    title = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/albums/{self.pk}/"


class Photo(models.Model):
    """What is posted."""

    caption = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.caption

    def get_absolute_url(self) -> str:
        return f"/photos/{self.pk}/"
