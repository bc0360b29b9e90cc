"""Where a supply is taxed, and which supplies are not: zones of tax, the place of supply, and reliefs.

A zone is a country (ISO 3166-1 alpha-2) or a part of one that has its own tax, by its ISO 3166-2 code; parts that ISO
gives no code have one of ours (`DE-BUS`, `DE-HEL`, `IT-LIV`, `IT-CAM`, `AT-JUN`). "Directive" is 2006/112/EC.
What is not told apart here is told in docs/decisions/0065-zones-and-places-of-supply.md.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from msgspec import Struct

from commerce.price_engine.book import Business
from commerce.price_engine.facts import Relief, ReliefKind
from commerce.price_engine.tax_book import TaxBook

MEMBER_STATES: Final = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)
# Directive, article 6: parts of member states to which it does not apply. Those with a country code of their own
# (AX, GP, MQ, …) are no member states in the first place.
OUTSIDE: Final = frozenset("ES-CN ES-CE ES-ML DE-BUS DE-HEL GR-69 IT-LIV IT-CAM".split())
# Directive, article 104 (Jungholz, Mittelberg) and 105 (Azores, Madeira): within the Union, with rates of their own.
OWN_RATES: Final = frozenset("AT-JUN PT-20 PT-30".split())
# Northern Ireland is treated as a member state for goods (Windsor Framework, article 8 and annex 3), VAT prefix XI.
NORTHERN_IRELAND: Final = "GB-NIR"
# Countries whose parts levy the tax, so that the country alone says nothing.
BY_PART: Final[Mapping[str, frozenset[str]]] = {
    "US": frozenset(
        "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK "
        "OR PA RI SC SD TN TX UT VT VA WA WV WI WY".split()
    ),
    "CA": frozenset("AB BC MB NB NL NS NT NU ON PE QC SK YT".split()),
}
PARTS: Final = frozenset(
    {*OUTSIDE, *OWN_RATES, NORTHERN_IRELAND, *(f"{country}-{part}" for country in BY_PART for part in BY_PART[country])}
)
"""All zones that are a part of a country."""

# Postal codes by country: the longest beginning that fits holds. Sources: Correos (35, 38, 51, 52), CTT (90–94, 95–99),
# La Poste (971–988; 980 is Monaco, which is treated as France, Directive article 7), Deutsche Post (27498, 78266, and
# the Austrian places 87491, 87567–87569), Österreichische Post (6691, 6991–6993), Poste Italiane (23041, 22061),
# Posti (22), ELTA (63086), Die Schweizerische Post (8238 Büsingen, 6911 Campione), Royal Mail (BT).
_POSTAL: Final[Mapping[str, Mapping[str, str]]] = {
    "ES": {"35": "ES-CN", "38": "ES-CN", "51": "ES-CE", "52": "ES-ML"},
    "PT": {
        **dict.fromkeys(("90", "91", "92", "93", "94"), "PT-30"),
        **dict.fromkeys("95 96 97 98 99".split(), "PT-20"),
    },
    "FR": {
        "971": "GP",
        "97133": "BL",
        "97150": "MF",
        "972": "MQ",
        "973": "GF",
        "974": "RE",
        "975": "PM",
        "976": "YT",
        "986": "WF",
        "987": "PF",
        "988": "NC",
    },
    "DE": {"27498": "DE-HEL", "78266": "DE-BUS", **dict.fromkeys("87491 87567 87568 87569".split(), "AT-JUN")},
    "AT": dict.fromkeys("6691 6991 6992 6993".split(), "AT-JUN"),
    "IT": {"23041": "IT-LIV", "22061": "IT-CAM"},
    "CH": {"8238": "DE-BUS", "6911": "IT-CAM"},
    "FI": {"22": "AX"},
    "GR": {"63086": "GR-69"},
    "GB": {"BT": NORTHERN_IRELAND},
}
# Regions by their ISO 3166-2 code, where the address names one. GC and TF are the two provinces of the Canary Islands.
_REGION: Final[Mapping[str, Mapping[str, str]]] = {
    "ES": {"CN": "ES-CN", "GC": "ES-CN", "TF": "ES-CN", "CE": "ES-CE", "ML": "ES-ML"},
    "PT": {"20": "PT-20", "30": "PT-30"},
    "FI": {"01": "AX"},
    "GR": {"69": "GR-69"},
    "GB": {"NIR": NORTHERN_IRELAND},
    "FR": {part: part for part in "GP MQ GF RE YT MF BL PM NC PF WF".split()},
}
_LONGEST_POSTAL: Final = 5
_NOT_POSTAL: Final = re.compile(r"[^0-9A-Z]")


def zone_of(country: str, region: str | None = None, postal_code: str | None = None) -> str:
    """Gives the zone of tax of an address: by its postal code, then by its region (`CN` or `ES-CN`), then its country.

    Monaco is treated as France (Directive, article 7). In the United States and Canada the region must be a state's or
    province's code: without one the zone is the country, which has no rate.
    """
    if country == "MC":
        return "FR"
    part = (region or "").strip().upper().removeprefix(f"{country}-")
    if country in BY_PART:
        return f"{country}-{part}" if part in BY_PART[country] else country
    postal = _POSTAL.get(country)
    if postal is not None and postal_code:
        code = _NOT_POSTAL.sub("", postal_code.upper().removeprefix(f"{country}-"))
        for length in range(min(len(code), _LONGEST_POSTAL), 1, -1):
            if (found := postal.get(code[:length])) is not None:
                return found
    return _REGION.get(country, {}).get(part, country)


def vat_state(zone: str) -> str | None:
    """Gives the member state whose value added tax holds in a zone (`XI`: Northern Ireland), or None outside the Union's."""
    if zone == NORTHERN_IRELAND:
        return "XI"
    if zone in OUTSIDE or zone[:2] not in MEMBER_STATES:
        return None
    return zone[:2]


def state_of_number(vat_number: str) -> str | None:
    """Gives the member state that a VAT number is of: `EL…` is Greece, `XI…` Northern Ireland; None for any other."""
    prefix = vat_number[:2]
    if prefix == "XI":
        return "XI"
    state = "GR" if prefix == "EL" else prefix
    return state if state in MEMBER_STATES else None


Why = Literal[
    "collected",
    "domestic",
    "distance_sale",
    "below_threshold",
    "business",
    "intra_community",
    "reverse_charge",
    "export",
    "abroad",
]


class Supply(Struct, frozen=True, kw_only=True, gc=False):
    """In which zone a supply is taxed, why there, and its relief if it has one: then no tax is charged at all."""

    zone: str
    why: Why
    relief: Relief | None = None


def supply(
    seller_country: str,
    origin_zone: str,
    destination_zone: str,
    *,
    ships: bool,
    business: Business | None,
    category: str,
    taxes: TaxBook,
    at: datetime,
    currency: str | None = None,
) -> Supply:
    """Says where goods of a category are supplied, and whether the supply is relieved of tax.

    `origin_zone` is where they are collected, or sent from; `seller_country` is the country for whose consumers the
    shop's prices are made, so that its rate is what prices with tax contain.

    - collected: where they are (Directive, article 31), whoever collects them;
    - sent within one member state: where dispatch begins (article 32);
    - sent to a consumer in another one: where they arrive (article 33(a)), or, below the threshold, where dispatch
      begins (article 59c); a sale in another `currency` than the threshold's cannot be weighed, and arrives;
    - sent to a business in another one: where dispatch begins, exempt when its number is a valid one of another member
      state (article 138(1)); a number that is not known to be valid makes no business;
    - sent out of the Union's territory of tax, also to the Canary Islands, Ceuta or Melilla: exempt as exports (article
      146(1)(a)); the tax of the place of arrival is an import tax, which the buyer pays there;
    - within or between places outside of it: where they arrive in the same country (destination-based sales taxes),
      else exports.

    Domestic sales to businesses are reverse-charged for the categories that the seller names.
    """
    known = business if business is not None and business.valid else None
    state = None if known is None else state_of_number(known.vat_number)
    origin, destination = vat_state(origin_zone), vat_state(destination_zone)

    def relieved(kind: ReliefKind) -> Supply:
        return _relieved(kind, seller_country, origin_zone, category, taxes, at)

    if not ships or (origin is not None and origin == destination):
        reverse = state is not None and state == origin and category in taxes.seller(origin).domestic_reverse
        return (
            relieved("reverse_charge")
            if reverse
            else Supply(zone=origin_zone, why="domestic" if ships else "collected")
        )
    if origin is None:
        same = (
            destination is None
            and origin_zone[:2] == destination_zone[:2]
            and not _apart(origin_zone, destination_zone)
        )
        return Supply(zone=destination_zone, why="abroad") if same else relieved("export")
    if destination is None:
        return relieved("export")
    if state is not None:
        return relieved("intra_community") if state != origin else Supply(zone=origin_zone, why="business")
    seller = taxes.seller(seller_country)
    if origin == seller_country and currency in {None, seller.currency} and seller.at_origin(at):
        return Supply(zone=origin_zone, why="below_threshold")
    return Supply(zone=destination_zone, why="distance_sale")


def _apart(one: str, other: str) -> bool:
    """Says whether two zones of one country are foreign to each other: the Canary Islands, Ceuta and Melilla are."""
    return one != other and (one in OUTSIDE or other in OUTSIDE)


def _relieved(
    kind: ReliefKind, seller_country: str, origin_zone: str, category: str, taxes: TaxBook, at: datetime
) -> Supply:
    """Gives the relief; without any rate that prices could contain there is none, so that the line is refused for want of it."""
    held = taxes.at(at)
    contained = held.get((category, seller_country)) or held.get((category, origin_zone))
    inside: Decimal | None = None if contained is None else contained.rate
    return Supply(zone=origin_zone, why=kind, relief=None if inside is None else Relief(kind=kind, inside=inside))
