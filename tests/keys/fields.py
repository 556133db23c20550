"""Key fields of a site's own, as packages have them."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models


class Hashed(models.BigIntegerField[Any, Any]):
    """An integer in the database, "k12" everywhere else."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else f"k{value}"

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and not value.startswith("k"):
            raise ValidationError("not a hash")
        return value

    def get_prep_value(self, value: Any) -> Any:
        return int(value[1:]) if isinstance(value, str) else value


class Lowered(models.CharField[Any, Any]):
    """A text that is written in lower case, and says so nowhere else."""

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else str(value).lower()


class Code:
    """A value that is not a text, and has one."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Code) and other.text == self.text


class Coded(models.CharField[Any, Any]):
    """A text in the database, a `Code` in Python."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Code | None:
        return None if value is None else Code(value)

    def to_python(self, value: Any) -> Any:
        return value if value is None or isinstance(value, Code) else Code(str(value).strip())

    def get_prep_value(self, value: Any) -> Any:
        value = self.to_python(value)
        return value if value is None else value.text


class Prefixed(models.Field[Any, Any]):
    """A UUID in the database, "n_<hex>" in Python: made for the database at hand alone."""

    def get_internal_type(self) -> str:
        return "UUIDField"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else f"n_{value.hex}"

    def to_python(self, value: Any) -> Any:
        try:
            return value if value is None else f"n_{uuid.UUID(str(value).removeprefix('n_')).hex}"
        except ValueError as error:
            raise ValidationError("not such a key") from error

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        value = uuid.UUID(str(value).removeprefix("n_"))
        return value if connection.features.has_native_uuid_field else value.hex


class Loose(models.CharField[Any, Any]):
    """A network address that takes any text: PostgreSQL itself refuses what is none."""

    def db_type(self, connection: Any) -> str | None:
        return "inet" if connection.vendor == "postgresql" else super().db_type(connection)


class ShortBinary(models.BinaryField[Any, Any]):
    """Bytes that MariaDB can have an index of."""

    def db_type(self, connection: Any) -> str | None:
        return "varbinary(16)" if connection.vendor == "mysql" else super().db_type(connection)
