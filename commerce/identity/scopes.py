"""What callers may do, by name; which scopes each kind of caller and each built-in role has."""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

SCOPES: Final[Mapping[str, str]] = {
    "carts": "Fill carts and check them out",
    "quotes": "Price any basket",
    "orders:read": "Read orders",
    "orders:write": "Cancel and change orders",
    "payments:read": "Read payments and refunds",
    "payments:write": "Start payments for orders",
    "refunds:approve": "Give money back",
    "returns:read": "Read returns",
    "returns:request": "Ask for a return",
    "returns:work": "Approve, receive and inspect returns",
    "fulfilment:read": "Read the work of a location",
    "fulfilment:work": "Accept, pick, pack, hand over and ship",
    "stock:read": "Read exact stock and its movements",
    "stock:adjust": "Receive and correct stock",
    "stock:transfer": "Send goods between locations and receive them",
    "stock:receive": "Receive goods from suppliers",
    "stock:count": "Count shelves",
    "stock:approve": "Approve counts and corrections beyond the limits",
    "stock:plan": "Order from suppliers, set safety stock, buffers and the bounds of replenishment",
    "sourcing:write": "Change the rules that choose where orders are sent from",
    "pos:bundle": "Read what a till needs to sell without a network, with the least that articles may be sold for",
    "catalog:write": "Change products and categories",
    "prices:write": "Change prices",
    "promotions:read": "Read promotions, their versions and uses",
    "promotions:write": "Write, publish and withdraw promotions, and handle their codes",
    "prices:override": "Give another price than the list's, by hand",
    "costs:read": "Read what articles cost the shop",
    "costs:write": "Change what articles cost the shop, and the margin that is guarded",
    "customers:read": "Read customer groups, their members, and the businesses that customers buy for",
    "customers:write": "Change customer groups, their members, and the businesses that customers buy for",
    "tax:write": "Change tax rates",
    "delivery:write": "Change delivery methods",
    "locations:write": "Change locations, hours and exceptions",
    "staff:manage": "Manage staff and roles",
    "clients:manage": "Manage API clients",
    "terminals:manage": "Manage terminals",
    "audit:read": "Read the audit log",
    "settings:manage": "Change settings and channels",
    "imports:run": "Import catalogues",
    "events:read": "Read the event feed",
    "jobs:read": "Read jobs",
}

SHOP_WIDE: Final = frozenset(
    {
        "catalog:write",
        "prices:write",
        "promotions:write",
        "tax:write",
        "delivery:write",
        "sourcing:write",
        "costs:write",
        "imports:run",
        "events:read",
    }
)
"""Scopes over what all locations share, or over facts of all of them: held for the whole shop or not at all, never at one location."""

SHOPPER_SCOPES: Final = frozenset(
    {
        "carts",
        "quotes",
        "orders:read",
        "orders:write",
        "payments:read",
        "payments:write",
        "returns:read",
        "returns:request",
    }
)
"""What a shopper's token carries, anonymous or not; for its own things only."""

TERMINAL_SCOPES: Final = SHOPPER_SCOPES | {
    "returns:work",
    "fulfilment:read",
    "fulfilment:work",
    "stock:read",
    "stock:transfer",
    "stock:receive",
    "stock:count",
    "pos:bundle",
    "prices:override",
}
"""What a store's terminal may carry at the most; at its own location only."""

ADMINISTRATOR: Final = "administrator"

BUILT_IN_ROLES: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    ADMINISTRATOR: ("Administrator", frozenset(SCOPES)),
    "store_associate": ("Store associate", TERMINAL_SCOPES),
    "warehouse_operator": (
        "Warehouse operator",
        frozenset(
            {
                "fulfilment:read",
                "fulfilment:work",
                "stock:read",
                "stock:adjust",
                "stock:transfer",
                "stock:receive",
                "stock:count",
                "returns:read",
                "returns:request",
                "returns:work",
            }
        ),
    ),
    "support": (
        "Support",
        SHOPPER_SCOPES | {"refunds:approve", "returns:work", "fulfilment:read", "stock:read", "customers:read"},
    ),
}
"""Roles that come with the product, by code: name and scopes. The administrator's always holds every scope that there is."""


def held_at(scopes: Iterable[str], locations: Iterable[UUID] | None) -> frozenset[str]:
    """Gives what scopes come to that are given for some locations (None: everywhere): what is of the whole shop is held at no single one."""
    return frozenset(scopes) if locations is None else frozenset(scopes) - SHOP_WIDE


def unknown_scopes(scopes: Iterable[str]) -> list[str]:
    """Gives those of the names that are no scope."""
    return sorted(set(scopes) - SCOPES.keys())
