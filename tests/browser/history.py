"""`python -m tests.browser.history`: the demo's data, and Wanda, who has thought of a friend 1,000 times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import django

COUNT = 1_000


def main() -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("demo_data")

    from activitystream import Draft, follow, publish_many
    from example_project.photos.models import Person

    wanda = Person.objects.create(username="wanda", display_name="Wanda Ferris", place="Cork")
    reader = Person.objects.create(username="reader", display_name="Reader")
    follow(reader, wanda)
    start = datetime.now(UTC) - timedelta(days=100)
    publish_many(
        Draft(
            actor=wanda,
            verb="remember",
            object=reader,
            published=start + timedelta(hours=number),
        )
        for number in range(COUNT)
    )


if __name__ == "__main__":
    main()
