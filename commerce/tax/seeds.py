"""The categories and rates that a new shop starts with.

Source: European Commission, Taxes in Europe Database (TEDB), "VAT rates applied in the Member States of the European
Union", and the national laws named there; checked for rates in force on 2026-01-01. Category codes follow the words of
each country's own law: `reduced` is the rate that it calls so (ES tipo reducido 10 %, FR taux réduit 5.5 %, DE ermäßigt
7 %, PT taxa reduzida 6 %, IT aliquota ridotta 10 %, IE 13.5 %, NL verlaagd 9 %, BE 6 %, AT 10 %), `super_reduced` the
one below it (ES 4 %, IT 4 %, FR taux particulier 2.1 %). Which goods are in which category differs by country and is
for the shop to judge; where a country has no such rate there is none here, and such an article cannot be sold there
until a rate is set. The United States tax by state and place, so no rate is given for them.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, Numeric, Text, Uuid, select
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested
from commerce.tax.index import TAXES
from commerce.tax.tables import tax_categories, tax_rates

CATEGORIES = {
    "standard": "Standard rate",
    "reduced": "Reduced rate",
    "super_reduced": "Super-reduced rate",
    "zero": "No tax",
}
SINCE = date(2025, 1, 1)  # the rates below held on this day already, unless LATER says otherwise
LATER = {("standard", "EE"): date(2025, 7, 1), ("standard", "RO"): date(2025, 8, 1)}
# Percentages, as the law writes them.
STANDARD = (
    "AT 20 BE 21 BG 20 CY 19 CZ 21 DE 19 DK 25 EE 24 ES 21 FI 25.5 FR 20 GR 24 HR 25 HU 27 IE 23 IT 22 LT 21 LU 17 "
    "LV 21 MT 18 NL 21 PL 23 PT 23 RO 21 SE 25 SI 22 SK 23"
)
REDUCED = "AT 10 BE 6 DE 7 ES 10 FR 5.5 IE 13.5 IT 10 NL 9 PT 6"
SUPER_REDUCED = "ES 4 FR 2.1 IT 4"


def seed_rates() -> list[tuple[str, str, Decimal, date]]:
    """Gives what is seeded: category, country, rate, first day."""
    found = []
    for category, text in (("standard", STANDARD), ("reduced", REDUCED), ("super_reduced", SUPER_REDUCED)):
        words = text.split()
        for country, percent in zip(words[::2], words[1::2], strict=True):
            found.append((category, country, Decimal(percent) / 100, LATER.get((category, country), SINCE)))
    found += [("zero", country, Decimal(0), SINCE) for country in STANDARD.split()[::2]]
    return found


_category = unnested("category", code=Text, name=Text)
_at = given("at", tax_rates.c.created_at.type)
MAKE_CATEGORIES = Statement(
    insert(tax_categories)
    .from_select(["code", "name", "created_at"], select(_category.c.code, _category.c.name, _at))
    .on_conflict_do_nothing(index_elements=["code"])
    .returning(tax_categories.c.code)
)
_new = unnested("new", id=Uuid, category=Text, country=Text, rate=Numeric, since=Date)
MAKE_RATES = Statement(
    insert(tax_rates).from_select(
        ["id", "category", "country", "rate", "name", "valid_from", "created_at", "updated_at"],
        select(
            _new.c.id,
            _new.c.category,
            _new.c.country,
            _new.c.rate,
            tax_categories.c.name,
            _new.c.since,
            _at,
            _at,
        ).join_from(_new, tax_categories, tax_categories.c.code == _new.c.category),
    )
)


async def seed(tx: Tx, *, at: datetime) -> int:
    """Make the starting categories with their rates; gives how many rates were made.

    A category that is there already is left alone with all its rates, so this may run at every start.
    """
    made = await tx.fetch(MAKE_CATEGORIES, code=list(CATEGORIES), name=list(CATEGORIES.values()), at=at)
    codes = {row["code"] for row in made}
    rates = [rate for rate in seed_rates() if rate[0] in codes]
    if not rates:
        return 0
    await tx.execute(
        MAKE_RATES,
        id=[new_id() for _ in rates],
        category=[rate[0] for rate in rates],
        country=[rate[1] for rate in rates],
        rate=[rate[2] for rate in rates],
        since=[rate[3] for rate in rates],
        at=at,
    )
    await TAXES.changed(tx)
    return len(rates)
