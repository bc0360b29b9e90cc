"""How each member state of the European Union has taken article 6a of Directive 98/6/EC (as inserted by Directive (EU) 2019/2161).

The directive's own rule is the lowest price of the 30 days before the reduction. Three choices are the member states': perishables
(6a(3)), articles on the market for less than 30 days (6a(4)), and reductions that are increased step by step without interruption, whose
prior price may stay the one before the first step (6a(5)). Commission guidance: C/2021/9328, OJ C 526 of 29.12.2021, section 4.

Written from general knowledge of the acts named, not from their texts: who sells in a state checks its line before relying on it. Choices
stand only where they are commonly reported of a state. Where none stands, the directive's own rule is applied: its prior price is never
higher than the national one, so that nothing is announced as a larger reduction than it is.
"""

from typing import Final, Literal

from msgspec import Struct

Perishables = Literal["like_others", "exempt", "price_before"]
DAYS: Final = 30


class ReductionRules(Struct, frozen=True, kw_only=True):
    """A member state's rules. `new_days` is the shorter period for articles that are new; none: the usual one, as far as there is one."""

    source: str = "Directive 98/6/EC, article 6a"
    days: int = DAYS
    progressive: bool = False
    perishables: Perishables = "like_others"
    new_days: int | None = None


DIRECTIVE: Final = ReductionRules()

RULES: Final[dict[str, ReductionRules]] = {
    "AT": ReductionRules(source="Preisauszeichnungsgesetz, § 9a"),
    "BE": ReductionRules(
        source="Code de droit économique, art. VI.18", progressive=True, perishables="exempt", new_days=7
    ),
    "BG": ReductionRules(source="Закон за защита на потребителите, чл. 64"),
    "CY": DIRECTIVE,
    "CZ": ReductionRules(source="Zákon č. 634/1992 Sb., § 12a"),
    "DE": ReductionRules(
        source="Preisangabenverordnung, § 11(1) and (2); (4) exempts only what is about to spoil and marked so",
        progressive=True,
    ),
    "DK": DIRECTIVE,
    "EE": DIRECTIVE,
    "ES": ReductionRules(
        source="Ley 7/1996, art. 20, as amended by Real Decreto-ley 24/2021",
    ),
    "FI": ReductionRules(source="Kuluttajansuojalaki 38/1978, 2 luku 11–12 §"),
    "FR": ReductionRules(
        source="Code de la consommation, art. L. 112-1-1",
        progressive=True,
        perishables="exempt",
    ),
    "GR": ReductionRules(source="ν. 4177/2013, άρθρο 15"),
    "HR": ReductionRules(source="Zakon o zaštiti potrošača, čl. 19"),
    "HU": ReductionRules(source="4/2009. (I. 30.) NFGM–SZMM együttes rendelet"),
    "IE": ReductionRules(source="S.I. No. 597/2022"),
    "IT": ReductionRules(
        source="Codice del consumo, art. 17-bis",
        progressive=True,
        perishables="exempt",
    ),
    "LT": DIRECTIVE,
    "LU": ReductionRules(source="Code de la consommation, art. L. 112-2-1"),
    "LV": DIRECTIVE,
    "MT": DIRECTIVE,
    "NL": ReductionRules(source="Besluit prijsaanduiding producten, art. 5a"),
    "PL": ReductionRules(
        source="Ustawa o informowaniu o cenach towarów i usług, art. 4(2)–(4)",
        perishables="price_before",
    ),
    "PT": ReductionRules(source="Decreto-Lei n.º 70/2007, art. 5, as amended by Decreto-Lei n.º 109-G/2021"),
    "RO": ReductionRules(source="OG nr. 99/2000, art. 16"),
    "SE": ReductionRules(source="Prisinformationslag (2004:347), 7 a §"),
    "SI": ReductionRules(source="ZVPot-1"),
    "SK": ReductionRules(source="Zákon č. 108/2024 Z. z., § 7"),
}


def rules_of(country: str) -> ReductionRules:
    """Gives the rules of a country (ISO 3166-1 alpha-2); elsewhere the directive's own."""
    return RULES.get(country, DIRECTIVE)
