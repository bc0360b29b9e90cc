"""The categories and rates that a shop starts with, each zone with its history and where it comes from.

A rate is written as the law has it, in percent; `16@2023-01-01` holds from that day on, and one without a day held on
the first of January 2020 already. `-@2024-01-01` ends a rate that has no successor.

Sources. Standard rates and their days: European Commission, Taxes in Europe Database (TEDB, as of 2026-04), with the
German cut of 2020 from the law itself, which TEDB lacks. Other rates: TEDB, "VAT rates applied in the Member States",
and what is named beside a zone. Category codes follow the words of each country's own law: `reduced` is the rate that
it calls so (ES tipo reducido 10 %, FR taux réduit 5.5 %, PT taxa reduzida 6 %, IE 13.5 %), `second_reduced` another
one of five percent or more, `super_reduced` one below five percent, `parking` that of article 118 of Directive
2006/112/EC. Which goods are in which category differs by country and is for the shop to judge; where a country has no
such rate there is none here, and such an article cannot be sold there until a rate is set. For the same reason what
moved between two rates of a country (food in Spain in 2023 and 2024, books in Finland in 2025) is no entry here.

The year 2026 was looked through again in tax advisers' and authorities' overviews (easytax.co, January 2026; ORF on Austria's list of food;
AADE circular E.2113/2025): FI, LT and AT as below; BE (March), CZ, DE, IE (July), NL and SK moved goods or services between rates that they
had. Not entered, because a zone is where an order goes: Greece's rates of 17, 9 and 4 percent on islands of the Aegean (VAT Code, article
26) hold only for sellers who are established there too, and for buyers who are. A shop there sells by tax categories of its own.
"""

from datetime import date
from decimal import Decimal
from typing import Final

from msgspec import Struct

CATEGORIES: Final = {
    "standard": "Standard rate",
    "reduced": "Reduced rate",
    "second_reduced": "Second reduced rate",
    "super_reduced": "Super-reduced rate",
    "parking": "Parking rate",
    "increased": "Increased rate",
    "second_increased": "Second increased rate",
    "special": "Special rate",
    "zero": "No tax",
}
SINCE: Final = date(2020, 1, 1)
FIRST_SEEDED: Final = date(2025, 1, 1)
"""The day from which rates held that shops were given before their history was."""

RATES: Final = {
    # 4.9 %: basic food; Federal Government's decision of January 2026, in force 1 July 2026 (§ 10 UStG).
    "AT": "standard 20, reduced 10, second_reduced 13, super_reduced 4.9@2026-07-01",
    # Jungholz and Mittelberg (Kleinwalsertal): Directive, article 104; § 10(4) UStG.
    "AT-JUN": "standard 19, reduced 10, second_reduced 13, super_reduced 4.9@2026-07-01",
    "BE": "standard 21, reduced 6, second_reduced 12, parking 12",
    "BG": "standard 20, reduced 9",
    # 3 % since July 2023; entered from the first day on which it surely held.
    "CY": "standard 19, reduced 9, second_reduced 5, super_reduced 3@2024-01-01",
    # One reduced rate instead of two: consolidation package 2024 (Act 349/2023).
    "CZ": "standard 21, reduced 15 12@2024-01-01, second_reduced 10 -@2024-01-01",
    # Zweites Corona-Steuerhilfegesetz, article 3: 16 and 5 % for half a year.
    "DE": "standard 19 16@2020-07-01 19@2021-01-01, reduced 7 5@2020-07-01 7@2021-01-01",
    "DK": "standard 25",
    # Press 5 % entered from the first day on which it surely held; lodging 13 % since 2025.
    "EE": "standard 20 22@2024-01-01 24@2025-07-01, reduced 9, second_reduced 5@2024-01-01 13@2025-01-01",
    "ES": "standard 21, reduced 10, super_reduced 4",
    # IGIC, Ley 4/2012, articles 51 to 57, as amended for 2020: general, reducido, incrementados, especial.
    "ES-CN": "standard 7, reduced 3, increased 9.5, second_increased 15, special 20",
    # IPSI (Ley 8/1991) taxes production, import and services, no retail sale of goods: nothing but `zero` is entered.
    "ES-CE": "",
    "ES-ML": "",
    # 13.5 %: Finnish Tax Administration, from 1 January 2026; 25.5 %: from 1 September 2024.
    "FI": "standard 24 25.5@2024-09-01, reduced 14 13.5@2026-01-01, second_reduced 10",
    "FR": "standard 20, reduced 5.5, second_reduced 10, super_reduced 2.1",
    # Northern Ireland levies the United Kingdom's rates (Windsor Framework, article 8).
    "GB-NIR": "standard 20, reduced 5",
    "GR": "standard 24, reduced 13, second_reduced 6",
    "HR": "standard 25, reduced 13, second_reduced 5",
    "HU": "standard 27, reduced 18, second_reduced 5",
    "IE": "standard 23 21@2020-09-01 23@2021-03-01, reduced 13.5, second_reduced 9, super_reduced 4.8, parking 13.5",
    "IT": "standard 22, reduced 10, second_reduced 5, super_reduced 4",
    # Law XV-287: 12 % in place of 9 %.
    "LT": "standard 21, reduced 9 12@2026-01-01, second_reduced 5",
    # One point less for the year 2023.
    "LU": (
        "standard 17 16@2023-01-01 17@2024-01-01, reduced 8 7@2023-01-01 8@2024-01-01, super_reduced 3, "
        "parking 14 13@2023-01-01 14@2024-01-01"
    ),
    "LV": "standard 21, reduced 12, second_reduced 5",
    "MT": "standard 18, reduced 7, second_reduced 5, parking 12@2024-01-01",
    "NL": "standard 21, reduced 9",
    "PL": "standard 23, reduced 8, second_reduced 5",
    "PT": "standard 23, reduced 6, second_reduced 13, parking 13",
    # Azores: Decreto Legislativo Regional 15-A/2021/A, from 1 July 2021.
    "PT-20": "standard 18 16@2021-07-01, reduced 4@2021-07-01, second_reduced 9@2021-07-01",
    # Madeira: since 2012; Decreto Legislativo Regional 6/2024/M lowers the reduced rate.
    "PT-30": "standard 22, reduced 5 4@2024-10-01, second_reduced 12",
    # One reduced rate of 11 % instead of 9 and 5 %, from 1 August 2025.
    "RO": "standard 19 21@2025-08-01, reduced 9 11@2025-08-01, second_reduced 5 -@2025-08-01",
    "SE": "standard 25, reduced 12, second_reduced 6",
    "SI": "standard 22, reduced 9.5, second_reduced 5",
    "SK": "standard 20 23@2025-01-01, reduced 10 19@2025-01-01, second_reduced 5@2025-01-01",
    # An example of prices without tax. M.G.L. chapter 64H, section 2: 6.25 % in the whole state, no local tax.
    "US-MA": "standard 6.25",
}


class StartingRate(Struct, frozen=True, kw_only=True):
    """A rate as it is offered to a shop: from its first day up to, not on, `until`."""

    category: str
    zone: str
    rate: Decimal
    since: date
    until: date | None

    @property
    def key(self) -> str:
        """The name under which a shop remembers that it was offered."""
        return f"{self.category} {self.zone} {self.since}"


def starting_rates() -> list[StartingRate]:
    """Gives all rates that a shop starts with, by zone and category, and by day within one."""
    found: list[StartingRate] = []
    for zone, text in RATES.items():
        for entry in filter(None, (each.strip() for each in f"{text}, zero 0".split(","))):
            category, *steps = entry.split()
            found += _windows(category, zone, steps)
    return found


def _windows(category: str, zone: str, steps: list[str]) -> list[StartingRate]:
    days: list[tuple[date, str]] = []
    for step in steps:
        percent, _, day = step.partition("@")
        days.append((date.fromisoformat(day) if day else SINCE, percent))
    ends = [day for day, _ in days[1:]] + [None]
    return [
        StartingRate(category=category, zone=zone, rate=Decimal(percent).scaleb(-2), since=day, until=until)
        for (day, percent), until in zip(days, ends, strict=True)
        if percent != "-"
    ]
