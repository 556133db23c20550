from __future__ import annotations

import secrets
from typing import Any

from django import forms

from .art import SCENES
from .models import Album, Comment, Person, Photo


class PhotoForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new photo: one of the pictures on offer, a caption, and an album of one's own, perhaps a new one."""

    picture = forms.ChoiceField(widget=forms.RadioSelect, error_messages={"required": "Choose a picture."})
    album_title = forms.CharField(label="Or the title of a new album", max_length=80, required=False)

    class Meta:
        model = Photo
        fields = ["caption", "album"]

    def __init__(self, *args: Any, owner: Person, roll: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner
        self.instance.owner = owner
        self.fields["picture"].choices = [(f"{scene}-{roll}", scene.capitalize()) for scene in SCENES]  # type: ignore[attr-defined]
        self.fields["album"].queryset = owner.albums.all()  # type: ignore[attr-defined]
        self.fields["album"].required = False
        self.fields["album"].empty_label = "A new album"  # type: ignore[attr-defined]
        self.fields["album"].initial = owner.albums.first()
        if self.fields["album"].initial is None:
            self.fields["album_title"].label = "Title of your first album"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("album") and not cleaned.get("album_title"):
            self.add_error("album_title", "Choose an album, or give a new one a title.")
        return cleaned

    def save(self, commit: bool = True) -> Photo:
        """A title that is given wins over the album that is chosen."""
        photo: Photo = self.instance
        photo.scene, _, seed = self.cleaned_data["picture"].rpartition("-")
        photo.seed = int(seed)
        photo.album = self.cleaned_data["album"]
        if title := self.cleaned_data["album_title"]:
            photo.album, _ = Album.objects.get_or_create(owner=self.owner, title=title)
        photo.save()
        return photo


class CaptionForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Photo
        fields = ["caption"]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Person
        fields = ["display_name", "place", "bio", "is_private"]
        labels = {"display_name": "Name", "bio": "About you", "is_private": "Private account"}


class CommentForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Comment
        fields = ["text"]


def new_roll() -> int:
    """A number for a fresh set of pictures to choose from."""
    return secrets.randbelow(90_000) + 10_000
