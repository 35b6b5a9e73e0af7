"""Three-way merges that lose nothing: of texts by lines and words, and of single fields."""

from amx_tui.domain.merge.decisions import Choice, Decidable, Decision, Lapsed
from amx_tui.domain.merge.fields import (
    Deletion,
    DeletionChoice,
    FieldMerge,
    FieldsMerge,
    Values,
    merge_fields,
)
from amx_tui.domain.merge.regions import Agreed, Collision, Merge, Origin, Region, WithinLine
from amx_tui.domain.merge.session import MergeSession, OpenCollisionsError
from amx_tui.domain.merge.texts import merge

__all__ = [
    "Agreed",
    "Choice",
    "Collision",
    "Decidable",
    "Decision",
    "Deletion",
    "DeletionChoice",
    "FieldMerge",
    "FieldsMerge",
    "Lapsed",
    "Merge",
    "MergeSession",
    "OpenCollisionsError",
    "Origin",
    "Region",
    "Values",
    "WithinLine",
    "merge",
    "merge_fields",
]
