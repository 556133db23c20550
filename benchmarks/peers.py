"""The same rows for django-activity-stream, copied within the database."""

from __future__ import annotations

from actstream.models import Action, Follow
from django.db import connection

from activitystream.models import Activity
from activitystream.models import Follow as OurFollow

from .world import World

__all__ = ["copy_rows"]

_copied: list[tuple[int, int]] = []


def copy_rows(world: World) -> None:
    """Give django-activity-stream every activity and follow that we have, unless it has them."""
    state = (Activity.objects.count(), OurFollow.objects.count())
    if state in _copied:
        return
    world.progress("Copying for django-activity-stream", 0, 1)
    with connection.cursor() as cursor:
        for model in (Action, Follow):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
        cursor.execute(
            f"""INSERT INTO {Action._meta.db_table} (actor_content_type_id, actor_object_id, verb,
                action_object_content_type_id, action_object_object_id,
                target_content_type_id, target_object_id, timestamp, public)
            SELECT actor_type_id, actor_id, verb, object_type_id, object_id, target_type_id, target_id,
                published, {"TRUE" if connection.vendor == "postgresql" else 1}
            FROM {Activity._meta.db_table} ORDER BY id"""
        )
        cursor.execute(
            f"""INSERT INTO {Follow._meta.db_table}
                (user_id, content_type_id, object_id, actor_only, flag, started)
            SELECT follower_id, followee_type_id, followee_id, actor_only, '', created
            FROM {OurFollow._meta.db_table}"""
        )
    _copied[:] = [state]
    world.progress("Copying for django-activity-stream", 1, 1)
    world.analyze()
