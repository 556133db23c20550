"""The app's configuration."""

from __future__ import annotations

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Registers the same models with both apps."""

    name = "benchmarks.site"
    label = "site"

    def ready(self) -> None:
        from actstream import registry
        from actstream.follows import delete_orphaned_follows
        from django.contrib.auth import get_user_model
        from django.db.models.signals import pre_delete

        from .models import Album, Photo

        # It listens to the deletion of every row of the whole project, which makes each a SELECT and a
        # DELETE in a transaction. Ours must not be measured with that; on the other side nothing is deleted.
        pre_delete.disconnect(delete_orphaned_follows)
        registry.register(get_user_model(), Photo, Album)
