"""What the package has of a kind: its modules, the text fields of its forms, its patterns."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from types import ModuleType

import wtforms
from wtforms.fields.core import UnboundField

import protestcoord


@cache
def modules() -> tuple[ModuleType, ...]:
    found = pkgutil.walk_packages(protestcoord.__path__, "protestcoord.")
    names = (one.name for one in found if not one.name.endswith("__main__"))
    return tuple(importlib.import_module(name) for name in names)


def forms() -> list[type[wtforms.Form]]:
    """Every form of the package, those of its libraries that it changed among them."""
    modules()
    made = {form for form in _below(wtforms.Form) if form.__module__.startswith("protestcoord.")}
    return sorted(made, key=lambda form: (form.__module__, form.__name__))


def _below(form: type) -> Iterator[type]:
    for one in form.__subclasses__():
        yield one
        yield from _below(one)


def text_fields() -> dict[str, UnboundField]:
    """Every field of a form that takes a text, by the names of both."""
    return {
        f"{form.__name__}.{name}": field
        for form in forms()
        for name in dir(form)
        if isinstance(field := getattr(form, name), UnboundField)
        and issubclass(field.field_class, wtforms.StringField)
    }


def patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern that a module keeps, by where it stands."""
    return {
        f"{module.__name__}.{name}": value
        for module in modules()
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern)
    }
