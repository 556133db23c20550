"""The app: finds `activities.py` modules and wires the layers together."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ActivityStreamConfig(AppConfig):
    """What INSTALLED_APPS gets."""

    name = "activitystream"
    verbose_name = _("Activity stream")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks, feeds, graph, logs, publishing, registry
        from .models.refs import forget_content_types

        checks.register()
        graph.listen(feeds.on_change)
        graph.listen(publishing.on_change)
        registry.offer_kinds(feeds.followed_kinds)
        registry.observe(publishing.connect, publishing.disconnect)
        publishing.connect_users()
        logs.connect()
        post_migrate.connect(forget_content_types, dispatch_uid="activitystream.models.refs")
        autodiscover_modules("activities")
        if apps.is_installed("drf_spectacular"):
            from .contrib import openapi  # noqa: F401  # it registers itself
