"""In which time zone a tax law counts its days: that of the country's capital, or of the part that has its own tax."""

from collections.abc import Mapping
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from commerce.kernel.errors import invalid
from commerce.kernel.zones import capital_zone
from commerce.price_engine import PARTS

# Source: the IANA time zone database (zone1970.tab, iso3166.tab), the zone of the part's capital.
COUNTRIES: Final = frozenset(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA "
    "CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA "
    "GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP "
    "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS "
    "MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS "
    "RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW "
    "TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW".split()
)
_BY_ZONE: Final = {
    "Atlantic/Canary": "ES-CN",
    "Africa/Ceuta": "ES-CE ES-ML",
    "Atlantic/Azores": "PT-20",
    "Atlantic/Madeira": "PT-30",
    "Europe/London": "GB-NIR",
    "America/Chicago": "US-AL US-AR US-IA US-IL US-KS US-LA US-MN US-MO US-MS US-ND US-NE US-OK US-SD US-TN US-TX US-WI",
    "America/Denver": "US-CO US-MT US-NM US-UT US-WY",
    "America/Boise": "US-ID",
    "America/Phoenix": "US-AZ",
    "America/Los_Angeles": "US-CA US-NV US-OR US-WA",
    "America/Anchorage": "US-AK",
    "Pacific/Honolulu": "US-HI",
    "America/Indiana/Indianapolis": "US-IN",
    "America/Toronto": "CA-ON CA-QC",
    "America/Halifax": "CA-NB CA-NS CA-PE",
    "America/St_Johns": "CA-NL",
    "America/Winnipeg": "CA-MB",
    "America/Regina": "CA-SK",
    "America/Edmonton": "CA-AB CA-NT",
    "America/Vancouver": "CA-BC",
    "America/Whitehorse": "CA-YT",
    "America/Iqaluit": "CA-NU",
}
_OF_PART: Final[Mapping[str, str]] = MappingProxyType(
    {part: zone for zone, parts in _BY_ZONE.items() for part in parts.split()}
)


def time_zone(zone: str) -> str:
    """Gives the IANA zone by whose clock a zone of tax counts its days."""
    return _OF_PART.get(zone) or capital_zone(zone[:2])


def begins(day: date, zone: str) -> datetime:
    """Gives the instant at which a day begins in a zone of tax."""
    return datetime.combine(day, time(), ZoneInfo(time_zone(zone)))


def check_zone(zone: str, pointer: str) -> None:
    """Refuses with InvalidInput, at the field named, what is no country and no part of one that has its own tax."""
    if zone not in PARTS and zone not in COUNTRIES:
        raise invalid(
            pointer,
            "There is no such zone of tax: give a country (ISO 3166-1 alpha-2), such as ES, or a part that has its own "
            "tax (ISO 3166-2), such as ES-CN or US-MA.",
        )
