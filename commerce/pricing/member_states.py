"""How each member state of the European Union has taken article 6a of Directive 98/6/EC (as inserted by Directive (EU) 2019/2161).

The directive's own rule is the lowest price of the 30 days before the reduction. Three choices are the member states': perishables
(6a(3)), articles on the market for less than 30 days (6a(4)), and reductions that are increased step by step without interruption, whose
prior price may stay the one before the first step (6a(5)). Commission guidance: C/2021/9328, OJ C 526 of 29.12.2021, section 4.

`read` says what a state's line rests on: the text of the act, an authority's words, or what is reported of it; empty where neither text nor
report was found. Nobody's legal advice: who sells in a state checks its line before relying on it. A choice that is not surely what the
act says is left out, as are those that this table cannot say. Then the directive's own rule is applied: its prior price is never higher
than the national one, so that nothing is announced as a larger reduction than it is.
"""

from typing import Final

from msgspec import Struct

DAYS: Final = 30


class ReductionRules(Struct, frozen=True, kw_only=True):
    """A member state's rules.

    `new_days` is the shorter period for articles that are new; none: the usual one, as far as there is one. `perishable_days` is the period
    for perishables; 0: the price right before, also where nothing has to be told of them. `progressive`: a reduction that only grows keeps its
    first prior price, where all its steps began within `progressive_days`, if that is limited.
    """

    source: str = "Directive 98/6/EC, article 6a"
    read: str = ""
    days: int = DAYS
    progressive: bool = False
    progressive_days: int | None = None
    perishable_days: int | None = None
    new_days: int | None = None


DIRECTIVE: Final = ReductionRules()

RULES: Final[dict[str, ReductionRules]] = {
    # Perishables are exempt only where they are reduced because they are about to expire.
    "AT": ReductionRules(
        source="Preisauszeichnungsgesetz, § 9a",
        read="the act, as quoted by the Wirtschaftskammer (news.wko.at, 2022)",
        progressive=True,
    ),
    "BE": ReductionRules(
        source="Code de droit économique, art. VI.18",
        read="SPF Économie on perishables and on another period for new articles; its seven days and progressive reductions as reported",
        progressive=True,
        perishable_days=0,
        new_days=7,
    ),
    "BG": ReductionRules(source="Закон за защита на потребителите, чл. 64"),
    "CY": DIRECTIVE,
    "CZ": ReductionRules(
        source="Zákon č. 634/1992 Sb., § 12a(1)(c) and (2)",
        read="the act, as quoted with the opinion of the Ministry of Industry and Trade (zpravycr.cz)",
        progressive=True,
        perishable_days=0,
    ),
    # Perishables are exempt only where they are about to spoil and marked so: § 11(4).
    "DE": ReductionRules(
        source="Preisangabenverordnung, § 11(1) and (2)",
        read="the act (lexmea.de/gesetz/pangv/11)",
        progressive=True,
    ),
    "DK": ReductionRules(
        source="Prismærkningsbekendtgørelsen, § 9a",
        read="the order (elov.dk), which has 14 days for perishables",
        progressive=True,
        perishable_days=14,
    ),
    "EE": DIRECTIVE,
    # Articles that are sold for the first time are exempt; a reduction of what was never shown at another price has no prior price anyway.
    "ES": ReductionRules(
        source="Ley 7/1996, art. 20(1), as amended by Real Decreto-ley 24/2021",
        read="the act, as quoted by jprenafeta.com (2024) and abrilabogados.com: neither perishables nor progressive reductions",
    ),
    # In a campaign of at most 60 days a growing reduction may keep its first prior price: how long a campaign is cannot be said here.
    "FI": ReductionRules(
        source="Kuluttajansuojalaki 38/1978, 2 luku 11–12 §", read="the act, as reported by LAB (blogit.lab.fi, 2023)"
    ),
    "FR": ReductionRules(
        source="Code de la consommation, art. L. 112-1-1",
        read="the act (livv.eu, as of 15 November 2024)",
        progressive=True,
        perishable_days=0,
    ),
    "GR": ReductionRules(source="ν. 4177/2013, άρθρο 15, as amended by ν. 4965/2022"),
    "HR": ReductionRules(
        source="Zakon o zaštiti potrošača (NN 19/22), čl. 19",
        read="the State Inspectorate (poslovni.hr, 2022), of seasonal sales only",
    ),
    "HU": ReductionRules(
        source="4/2009. (I. 30.) NFGM–SZMM együttes rendelet, 2/A. §",
        read="reported alike by visegradlegal.hu, infostart.hu and penzcentrum.hu: 15 days for new articles, perishables exempt",
        progressive=True,
        perishable_days=0,
        new_days=15,
    ),
    "IE": ReductionRules(
        source="S.I. No. 597/2022",
        read="guidelines of the Competition and Consumer Protection Commission (ccpc.ie, 2022)",
        progressive=True,
    ),
    "IT": ReductionRules(
        source="Codice del consumo, art. 17-bis",
        read="the act, as quoted by ufficiocommercio.it (2024)",
        progressive=True,
        perishable_days=0,
    ),
    "LT": DIRECTIVE,
    "LU": ReductionRules(source="Code de la consommation, art. L. 112-2-1"),
    "LV": DIRECTIVE,
    "MT": DIRECTIVE,
    # A growing reduction may keep its first prior price for three calendar months (5a(3)): a period that ends while nothing changes cannot
    # be said here. Which perishables: Stcrt. 2022, 34183.
    "NL": ReductionRules(
        source="Besluit prijsaanduiding producten, art. 5a(1) and (2)",
        read="the decree (Stb. 2022, 485)",
        perishable_days=0,
    ),
    "PL": ReductionRules(
        source="Ustawa o informowaniu o cenach towarów i usług, art. 4(2)–(4)",
        read="the act (Dz.U. 2023, 168)",
        perishable_days=0,
    ),
    "PT": ReductionRules(
        source="Decreto-Lei n.º 70/2007, as amended by Decreto-Lei n.º 109-G/2021",
        read="as reported by pra.pt and uacs.pt (2022): 30 days, reductions among them; no other choice was found",
    ),
    # The draft of 2021 had ten days for perishables; the text in force was not found.
    "RO": ReductionRules(source="OG nr. 99/2000, art. 16"),
    # The price before the first step, where the steps fall within the 30 days.
    "SE": ReductionRules(
        source="Prisinformationslag (2004:347), 7 a §",
        read="the act, as quoted by fmibranschen.se (2022)",
        progressive=True,
        progressive_days=DAYS,
        perishable_days=0,
    ),
    "SI": ReductionRules(source="ZVPot-1"),
    "SK": ReductionRules(
        source="Zákon č. 108/2024 Z. z., § 7",
        read="the Ministry of Economy (mhsr.sk) on perishables; progressive reductions as retailers quote the act (merkurymarket.sk)",
        progressive=True,
        perishable_days=0,
    ),
}


def rules_of(country: str) -> ReductionRules:
    """Gives the rules of a country (ISO 3166-1 alpha-2); elsewhere the directive's own."""
    return RULES.get(country, DIRECTIVE)
