"""Which slices there are, lowest first, and what each hands to the program: routes, reactions, jobs, checks."""

import importlib
import importlib.util
import inspect
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from commerce.platform.audit import Check
from commerce.platform.checks import CHECKS as FACTS
from commerce.platform.work import Job, Reaction

SLICES = (
    "identity",
    "stores",
    "catalog",
    "pricing",
    "tax",
    "promotions",
    "customers",
    "inventory",
    "delivery",
    "payments",
    "traceability",
    "replenishment",
    "counting",
    "sourcing",
    "supplies",
    "promise",
    "quotes",
    "storefront",
    "carts",
    "orders",
    "fulfilment",
    "checkout",
    "recourse",
    "uncollected",
    "aftersale",
    "till",
    "care",
    "importing",
    "reporting",
    "media",
)


def routes() -> list[Any]:
    """Gives the handlers of every slice, and those of operation."""
    found: list[Any] = []
    for module in (*_modules("routes"), *_modules("admin")):
        found += module.ROUTES
    return found


def reactions(provided: Mapping[str, object]) -> list[Reaction]:
    """Gives what every slice does about facts."""
    return [each for module in _modules("reactions") for each in _listed(module, "REACTIONS", "reactions", provided)]


def jobs(provided: Mapping[str, object]) -> list[Job]:
    """Gives every kind of job."""
    return [each for module in _modules("jobs") for each in _listed(module, "JOBS", "jobs", provided)]


def checks() -> list[Check]:
    """Gives the invariants of every slice, by code."""
    found = [*FACTS, *(check for module in _modules("audit") for check in module.CHECKS)]
    return sorted(found, key=lambda check: (int(check.code.removeprefix("G")), check.name))


def _modules(part: str) -> Iterator[ModuleType]:
    for slice_ in SLICES:
        name = f"commerce.{slice_}.{part}"
        if importlib.util.find_spec(f"commerce.{slice_}") and importlib.util.find_spec(name):
            yield importlib.import_module(name)


def _listed(module: ModuleType, constant: str, function: str, provided: Mapping[str, object]) -> list[Any]:
    """Gives a module's list; where it is a function, it is called with what composition provides under its parameters' names."""
    if hasattr(module, constant):
        return list(getattr(module, constant))
    make = getattr(module, function)
    return list(make(**{name: provided[name] for name in inspect.signature(make).parameters}))
