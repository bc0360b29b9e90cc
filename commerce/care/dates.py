"""Instants as people read them: in the zone of the place, in the language of the order."""

from datetime import datetime
from zoneinfo import ZoneInfo

DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "ca": ("dilluns", "dimarts", "dimecres", "dijous", "divendres", "dissabte", "diumenge"),
}
MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "es": [
        f"de {month}"
        for month in "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
    ],
    "ca": [
        f"d'{month}" if month[0] in "ao" else f"de {month}"
        for month in "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre".split()
    ],
}


def day_said(at: datetime, zone: str, language: str) -> str:
    """Gives the day: "Tuesday 10 March", "martes 10 de marzo", "dimarts 10 de març"."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{DAYS[language][local.weekday()]} {local.day} {MONTHS[language][local.month - 1]}"


def time_said(at: datetime, zone: str) -> str:
    """Gives the wall time: "17:30"."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def moment_said(at: datetime, zone: str, language: str) -> str:
    """Gives day and time: "Tuesday 10 March, 17:30"."""
    return f"{day_said(at, zone, language)}, {time_said(at, zone)}"
