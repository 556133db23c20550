"""A model for each kind of key."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from .fields import Coded, Hashed, Loose, Lowered, Prefixed, ShortBinary


class Keyed(models.Model):
    name = models.CharField(max_length=200, default="a row")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class ByAuto(Keyed):
    id = models.AutoField(primary_key=True)


class BySmall(Keyed):
    id = models.SmallIntegerField(primary_key=True)


class ByBig(Keyed):
    id = models.PositiveBigIntegerField(primary_key=True)


class ByUUID(Keyed):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)


class ByText(Keyed):
    id = models.CharField(primary_key=True, max_length=100)


class ByAddress(Keyed):
    id = models.GenericIPAddressField(primary_key=True)


class ByDecimal(Keyed):
    id = models.DecimalField(primary_key=True, max_digits=12, decimal_places=2)


class ByFloat(Keyed):
    id = models.FloatField(primary_key=True)


class ByDate(Keyed):
    id = models.DateField(primary_key=True)


class ByMoment(Keyed):
    id = models.DateTimeField(primary_key=True)


class BySpan(Keyed):
    id = models.DurationField(primary_key=True)


class ByBytes(Keyed):
    id = ShortBinary(primary_key=True)


class ByHash(Keyed):
    id = Hashed(primary_key=True)


class ByLower(Keyed):
    id = Lowered(primary_key=True, max_length=100)


class ByCode(Keyed):
    id = Coded(primary_key=True, max_length=100)


class ByPrefix(Keyed):
    id = Prefixed(primary_key=True)


class ByLoose(Keyed):
    id = Loose(primary_key=True, max_length=100)


class ByRow(Keyed):
    """A row beside another."""

    beside = models.OneToOneField(ByUUID, models.CASCADE, primary_key=True, related_name="+")


class ByRowByRow(Keyed):
    """A row beside that."""

    beside = models.OneToOneField(ByRow, models.CASCADE, primary_key=True, related_name="+")


class Parent(Keyed):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)


class Child(Parent):
    """A row of two tables."""

    more = models.TextField(default="")
