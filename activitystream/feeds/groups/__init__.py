"""Groups: the entries of a feed by verb, row, day or a function; each group exactly once."""

from .cursor import Scroll
from .group import Group, Groups
from .keys import By, Grouping
from .read import read_groups

__all__ = ["By", "Group", "Grouping", "Groups", "Scroll", "read_groups"]
