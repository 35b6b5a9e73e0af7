"""Finds what writes to a store, by reading the code that is reached from it.

A method writes if it, or anything of the store's package that it calls, asks the database for a transaction that
writes, or holds a statement that changes something. What is called is followed through methods of the same object and
of its parts, functions by their names, and functions that are handed on, as to `partial`.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import amx_tui.store
from amx_tui.store.database import Database
from amx_tui.store.opening import Store

__all__ = ["writing_functions", "writing_methods"]

_PACKAGE = amx_tui.store.__name__
_SQL = re.compile(r"\s*(INSERT|UPDATE|DELETE|MERGE|REPLACE|TRUNCATE|CREATE|ALTER|DROP|GRANT)\s")
_CHANGES = {"insert", "update", "delete"}
_PRIMITIVES = (Database,)
"""Whose own methods are what is looked for."""


def writing_methods(store: Store, *, package: str = _PACKAGE) -> set[str]:
    """Name the public methods of a store's repositories that write: "pages.save"."""
    found = set()
    for name, part in _parts(store, package):
        for method, function in _functions(type(part)):
            if not method.startswith("_") and _writes(function, part, package, set()):
                found.add(f"{name}.{method}")
    return found


def writing_functions() -> set[str]:
    """Name the public coroutines of the store's modules that write: "bootstrap.execute_plan"."""
    found = set()
    for info in pkgutil.walk_packages(amx_tui.store.__path__, f"{_PACKAGE}."):
        module = importlib.import_module(info.name)
        for name, function in vars(module).items():
            is_own = inspect.iscoroutinefunction(function) and function.__module__ == info.name
            if is_own and not name.startswith("_") and _writes(function, None, _PACKAGE, set()):
                found.add(f"{info.name.removeprefix(f'{_PACKAGE}.')}.{name}")
    return found


def _parts(store: Any, package: str) -> Iterator[tuple[str, Any]]:
    """The objects of the package that are reached by an attribute of the store."""
    for name in dir(store):
        part = None if name.startswith("_") else getattr(store, name)
        is_ours = type(part).__module__.startswith(package) and not _is_primitive(part)
        if is_ours and any(_functions(type(part))):
            yield name, part


def _functions(kind: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in dir(kind):
        function = _function(inspect.getattr_static(kind, name))
        if function is not None and not name.startswith("__"):
            yield name, function


def _function(member: object) -> Callable[..., Any] | None:
    """What runs when an attribute is used: a method, or a property."""
    if isinstance(member, staticmethod | classmethod):
        member = member.__func__
    elif isinstance(member, property):
        member = member.fget
    elif isinstance(member, cached_property):
        member = member.func
    return member if inspect.isfunction(member) else None


def _writes(function: Callable[..., Any], owner: Any, package: str, seen: set[str]) -> bool:
    """Say whether a function of `owner`, an object or a class, writes, or reaches what does."""
    key = f"{function.__module__}.{function.__qualname__}"
    if key in seen:
        return False
    seen.add(key)
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    if any(map(_is_write, ast.walk(tree))):
        return True
    return any(
        _writes(reached, its_owner, package, seen)
        for reached, its_owner in _reached(tree, function, owner)
        if reached.__module__.startswith(package) and not _is_primitive(its_owner)
    )


def _is_primitive(owner: Any) -> bool:
    kind = owner if inspect.isclass(owner) else type(owner)
    return issubclass(kind, _PRIMITIVES)


def _is_write(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and bool(_SQL.match(node.value))
    if not isinstance(node, ast.Call):
        return False
    for keyword in node.keywords:
        is_off = isinstance(keyword.value, ast.Constant) and not keyword.value.value
        if keyword.arg in {"write", "single"} and not is_off:
            return True
    function = node.func
    if isinstance(function, ast.Attribute):
        return (
            function.attr in _CHANGES and isinstance(function.value, ast.Name) and function.value.id == "sa"
        )
    return isinstance(function, ast.Name) and function.id in _CHANGES


def _reached(
    tree: ast.AST, function: Callable[..., Any], owner: Any
) -> Iterator[tuple[Callable[..., Any], Any]]:
    """The functions that a function names, each with the object or class that it belongs to."""
    names = dict(getattr(function, "__globals__", {}))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            module = importlib.import_module(node.module)
            names |= {each.asname or each.name: getattr(module, each.name, None) for each in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and inspect.isfunction(names.get(node.id)):
            yield names[node.id], None
        elif isinstance(node, ast.Attribute):
            holder = _holder(node.value, names, owner)
            member = None if holder is None else _attribute(holder, node.attr)
            if member is not None:
                yield member, holder


def _holder(node: ast.expr, names: dict[str, Any], owner: Any) -> Any:
    """The object or class whose attribute is taken, as far as it is known: self, a part of it, or a new object."""
    if isinstance(node, ast.Name):
        return owner if node.id == "self" else names.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return None if owner is None or inspect.isclass(owner) else getattr(owner, node.attr, None)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        kind = names.get(node.func.id)
        return kind if inspect.isclass(kind) else None
    return None


def _attribute(holder: Any, name: str) -> Callable[..., Any] | None:
    kind = holder if inspect.isclass(holder) or inspect.ismodule(holder) else type(holder)
    try:
        return _function(inspect.getattr_static(kind, name))
    except AttributeError:
        return None
