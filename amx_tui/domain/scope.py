"""The scope of a run: which schemas and tables it drafted descriptions for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from amx_tui.domain.names import join_name

__all__ = ["Scope"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Schemas with their tables; a schema without tables means all of it."""

    schemas: tuple[tuple[str, tuple[str, ...]], ...] = ()
    is_readable: bool = True
    """False where the stored value is not a scope at all; it is then shown as unknown."""
    stored: object = field(default=None, compare=False, repr=False)
    """The value as it was stored, for documents that give it as it is."""

    @classmethod
    def from_json(cls, value: object) -> Scope:
        """Read `scope_json`: `{schema: [table, ...]}`, `{schema: "all"}`, a list of schemas, or garbage."""
        if value is None:
            return cls()
        if isinstance(value, Mapping):
            return cls(
                tuple((str(schema), tuple(_names(tables))) for schema, tables in value.items()), stored=value
            )
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            return cls(tuple((schema, ()) for schema in _names(value)))
        return cls(is_readable=False)

    def to_json(self) -> dict[str, list[str]]:
        """Write the form that `scope_json` holds."""
        return {schema: list(tables) for schema, tables in self.schemas}

    @property
    def summary(self) -> str:
        """The scope in a list, as the AMX documentation prints it: `sales`, `sales (1 t)`."""
        if not self.is_readable:
            return "(unreadable)"
        names = [join_name([schema]) for schema, _ in self.schemas]
        if not names:
            return "–"
        tables = sum(len(tables) for _, tables in self.schemas)
        return ", ".join(names) + (f" ({tables} t)" if tables else "")

    def lines(self) -> Iterator[str]:
        """The scope in full: one line a schema with its tables."""
        for schema, tables in self.schemas:
            below = ", ".join(join_name([table]) for table in tables) or "all tables"
            yield f"{join_name([schema])}: {below}"


def _names(names: object) -> Iterator[str]:
    """Give the texts of a list; whatever else stands in it names nothing."""
    if isinstance(names, Sequence) and not isinstance(names, str | bytes):
        yield from (name for name in names if isinstance(name, str))
