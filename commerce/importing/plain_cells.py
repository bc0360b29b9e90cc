"""The columns of the plain CSV, and how a record becomes cells and cells become a record: both directions, each the other's mirror.

A row is a variant; what is the product's stands on its first row only, and the rows below it say the handle alone. Lists are parted by `|`;
a `|` or a `\\` of the text itself has a `\\` before it. What has members of its own (pictures, assortment, values) is JSON in a cell.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from commerce.importing.plain_records import MOST_UNITS
from commerce.importing.spreadsheets import amount, as_text, spoilt, truth

LANGUAGES: Final = ("en", "es", "ca")
TEXTS: Final = ("title", "description", "warnings")
LISTS: Final = ("tags", "categories", "collections", "sale_rules")
JSON: Final = ("images", "attributes", "custom", "assortment", "maker", "responsible", "option_value_texts")
LISTED: Final = frozenset({"images", "assortment", "option_value_texts"})
PLAIN: Final = ("slug", "status", "vendor", "product_type", "tax_category", "on_show_from", "on_show_until")
NUMBERS: Final = ("minimum_age",)
TRUTHS: Final = ("perishable",)
OPTIONS: Final = (1, 2, 3)
MOST_DIGITS = 12
PRODUCT: Final = (
    "handle",
    "slug",
    "status",
    *(f"title.{each}" for each in LANGUAGES),
    *(f"description.{each}" for each in LANGUAGES),
    "vendor",
    "product_type",
    "tags",
    "tax_category",
    "categories",
    "collections",
    "images",
    "attributes",
    "custom",
    "on_show_from",
    "on_show_until",
    "assortment",
    "minimum_age",
    "sale_rules",
    "perishable",
    "maker",
    "responsible",
    *(f"warnings.{each}" for each in LANGUAGES),
    *(f"option{nth}.{each}" for nth in OPTIONS for each in LANGUAGES),
    "option_value_texts",
)
OF_VARIANT: Final = {
    "sku": str,
    "short_code": str,
    "weight_grams": int,
    "length_mm": int,
    "width_mm": int,
    "height_mm": int,
    "content_thousandths": int,
    "content_unit": str,
    "shippable": bool,
    "stock": str,
    "image_url": str,
}
VARIANT: Final = (
    *(f"option{nth}_value" for nth in OPTIONS),
    *OF_VARIANT,
    "barcodes",
    "variant_attributes",
    "parts",
    "more_prices",
)
PRICE, COMPARE_AT, ON_HAND = "price:", "compare_at:", "on_hand:"
# What spreadsheets take for a formula when a cell begins with it (OWASP, CSV injection); full-width forms are taken for it too.
FORMULA: Final = frozenset("=+-@\t\r\n＝＋－＠")
Row = Mapping[str, str]


class Odd(Exception):  # noqa: N818 -- told as trouble of the row
    """A cell that does not say what its column says."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def harmless(text: str) -> str:
    """Gives a text as a cell that no spreadsheet runs: an apostrophe stands before what would begin a formula. `as_it_was` takes it off."""
    if text and (text[0] in FORMULA or (text[0] == "'" and len(text) > 1 and (text[1] in FORMULA or text[1] == "'"))):
        return f"'{text}"
    return text


def as_it_was(cell: str) -> str:
    """Gives the text that `harmless` made a cell of, or whoever kept a spreadsheet from making a number of it."""
    if len(cell) > 1 and cell[0] == "'" and (cell[1] in FORMULA or cell[1] == "'"):
        return cell[1:]
    return as_text(cell)


def is_figure(column: str) -> bool:
    """Says whether a column holds numbers only: those stay numbers, whatever they begin with."""
    return OF_VARIANT.get(column) is int or column in NUMBERS or column.startswith((PRICE, COMPARE_AT, ON_HAND))


def joined(parts: Iterable[str]) -> str:
    """Gives a list as one cell."""
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def parted(cell: str) -> list[str]:
    """Gives the parts of a list in a cell."""
    parts, part, escaped = [], "", False
    for letter in cell:
        if escaped or letter not in "\\|":
            part, escaped = part + letter, False
        elif letter == "\\":
            escaped = True
        else:
            parts.append(part)
            part = ""
    return [each for each in (*parts, part) if each]


def product_cells(product: Mapping[str, Any]) -> dict[str, str]:
    """Gives the cells of a product, from its record as plain data."""
    cells = {name: str(product[name] if product[name] is not None else "") for name in ("handle", *PLAIN, *NUMBERS)}
    for name in TEXTS:
        cells |= {f"{name}.{each}": product[name].get(each) or "" for each in LANGUAGES}
    cells |= {name: joined(product[name]) for name in LISTS}
    cells |= {name: str(product[name]).lower() for name in TRUTHS}
    cells |= {name: _json(product[name]) for name in JSON}
    for nth, option in enumerate(product["options"], start=1):
        cells |= {f"option{nth}.{each}": option.get(each) or "" for each in LANGUAGES}
    return cells


def variant_cells(variant: Mapping[str, Any]) -> dict[str, str]:
    """Gives the cells of a variant, from its record as plain data: plain prices in columns of their lists, tiers and later ones as JSON."""
    cells = {f"option{nth}_value": value for nth, value in enumerate(variant["option_values"], start=1)}
    for name, kind in OF_VARIANT.items():
        value = variant[name]
        cells[name] = "" if value is None else str(value).lower() if kind is bool else str(value)
    cells["barcodes"] = joined(variant["barcodes"])
    cells["variant_attributes"] = _json(variant["attributes"])
    cells["parts"] = _json(variant["parts"])
    cells |= {f"{ON_HAND}{code}": str(units) for code, units in variant["on_hand"].items()}
    more = []
    for price in variant["prices"]:
        if "min_quantity" in price or "starts_at" in price:
            more.append(price)
        else:
            cells[f"{PRICE}{price['list']}"] = price["amount"]
            cells[f"{COMPARE_AT}{price['list']}"] = price.get("compare_at") or ""
    cells["more_prices"] = _json(more)
    return cells


def product_of(row: Row) -> dict[str, Any]:
    """Gives a product's record as plain data from the cells of its first row; columns that the file does not have are left out."""
    product: dict[str, Any] = {name: row[name] for name in ("handle", "vendor", "product_type") if name in row}
    for name in ("slug", "status", "tax_category"):
        if row.get(name):
            product[name] = row[name]
    product |= {name: row[name] or None for name in ("on_show_from", "on_show_until") if name in row}
    product |= {name: _number(name, row[name]) for name in NUMBERS if name in row}
    product |= {name: _value(name, row[name], bool) for name in TRUTHS if row.get(name)}
    for name in TEXTS:
        said = {each: text for each in LANGUAGES if (text := row.get(f"{name}.{each}"))}
        if said:
            product[name] = said
    product |= {name: parted(row[name]) for name in LISTS if name in row}
    for name in JSON:
        if name in row:
            product[name] = _read_json(name, row[name], listed=name in LISTED)
    for name in ("maker", "responsible"):
        if name in product and not product[name]:
            product[name] = None
    if any(f"option{nth}.{each}" in row for nth in OPTIONS for each in LANGUAGES):
        product["options"] = _options(row)
    return product


def _options(row: Row) -> list[dict[str, str]]:
    named = [{each: text for each in LANGUAGES if (text := row.get(f"option{nth}.{each}"))} for nth in OPTIONS]
    used = [nth for nth, option in enumerate(named) if option or row.get(f"option{nth + 1}_value")]
    return [option or {"en": f"Option {nth + 1}"} for nth, option in enumerate(named[: used[-1] + 1])] if used else []


def says_variant(row: Row) -> bool:
    """Says whether a row has a variant at all; one that has not only says what the product is."""
    return any(cell for name, cell in row.items() if name not in PRODUCT)


def variant_of(row: Row, options: int) -> dict[str, Any]:
    """Gives a variant's record as plain data from a row of a product with so many options. Raises Odd."""
    values = [row.get(f"option{nth}_value", "") for nth in OPTIONS]
    if not all(values[:options]):
        raise Odd(f"option{values.index('') + 1}_value", "the product has this option, so each variant needs a value")
    variant: dict[str, Any] = {"option_values": [each for each in values if each]}
    for name, kind in OF_VARIANT.items():
        if name in row:
            value = _value(name, row[name], kind)
            if value is not None or name not in {"shippable", "stock"}:
                variant[name] = value
    if why := spoilt(row.get("sku", "")):
        raise Odd("sku", why)
    if "barcodes" in row:
        variant["barcodes"] = parted(row["barcodes"])
        if why := next(filter(None, map(spoilt, variant["barcodes"])), None):
            raise Odd("barcodes", why)
    if "variant_attributes" in row:
        variant["attributes"] = _read_json("variant_attributes", row["variant_attributes"], listed=False)
    if "parts" in row:
        variant["parts"] = _read_json("parts", row["parts"], listed=True)
    on_hand = {
        name.removeprefix(ON_HAND): _number(name, cell, MOST_UNITS)
        for name, cell in row.items()
        if name.startswith(ON_HAND) and cell
    }
    if on_hand:
        variant["on_hand"] = on_hand
    prices = [*_prices(row), *_read_json("more_prices", row.get("more_prices", ""), listed=True)]
    if prices:
        variant["prices"] = prices
    return variant


def column_of(row: Row, path: str, *, of_variant: bool) -> tuple[str, str]:
    """Gives the column that a place in the record of a row came from, and where in its cell, such as `[0].url` of a list in JSON."""
    name, within = _split(path)
    if name == "prices":
        nth, member = _split(within[1:].replace("]", "", 1))
        listed = [column for column in row if column.startswith(PRICE) and row[column]]
        if int(nth or 0) >= len(listed):
            return "more_prices", f"[{int(nth or 0) - len(listed)}]{member}"
        column = listed[int(nth or 0)]
        return (column.replace(PRICE, COMPARE_AT, 1) if member == ".compare_at" else column), ""
    if name.startswith((PRICE, COMPARE_AT)):
        return (path, "") if path in row else ("more_prices", "")
    if name in {"options", "option_values"}:
        number = int(within[1:2] or 0) + 1 if within[1:2].isdigit() else 1
        return (f"option{number}_value" if name == "option_values" else f"option{number}.en"), ""
    column = f"variant_{name}" if of_variant and name == "attributes" else name
    if column == name and (path in PRODUCT or path in row):
        return path, ""
    return column, within if column in {*JSON, "parts", "variant_attributes"} else ""


def _split(path: str) -> tuple[str, str]:
    """Parts `images[0].url` into `images` and `[0].url`."""
    end = min((place for place in (path.find("["), path.find(".")) if place >= 0), default=len(path))
    return path[:end], path[end:]


def _prices(row: Row) -> Iterable[dict[str, Any]]:
    for name, cell in row.items():
        if name.startswith(PRICE) and cell:
            code = name.removeprefix(PRICE)
            beside = row.get(f"{COMPARE_AT}{code}")
            yield {"list": code, "amount": amount(cell), "compare_at": amount(beside) if beside else None}


def _value(name: str, cell: str, kind: type) -> object:
    if not cell:
        return None
    if kind is int:
        return _number(name, cell)
    if kind is bool:
        said = truth(cell)
        if said is None:
            raise Odd(name, f"{cell[:40]!r} is neither true nor false")
        return said
    return cell


def _number(name: str, cell: str, most: int = 10**MOST_DIGITS) -> int | None:
    if not cell:
        return None
    if not (cell.isascii() and cell.isdigit() and len(cell) <= MOST_DIGITS):
        raise Odd(name, f"{cell[:40]!r} is no whole number")
    if int(cell) > most:
        raise Odd(name, f"{cell} is more than {most:,}")
    return int(cell)


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode() if value else ""


def _read_json(name: str, cell: str, *, listed: bool) -> list[Any] | dict[str, Any]:
    if not cell:
        return [] if listed else {}
    try:
        value = msgspec.json.decode(cell)
    except (msgspec.DecodeError, RecursionError):
        raise Odd(name, "it is no JSON") from None
    if not isinstance(value, list if listed else dict):
        raise Odd(name, f"it is no JSON {'list' if listed else 'object'}")
    return cast("list[Any] | dict[str, Any]", value)


def columns(lists: Sequence[str], locations: Sequence[str]) -> list[str]:
    """Gives the header: what every file has, then a pair of columns for each price list and one for each location."""
    prices = [f"{kind}{code}" for code in lists for kind in (PRICE, COMPARE_AT)]
    return [*PRODUCT, *VARIANT, *prices, *(f"{ON_HAND}{code}" for code in locations)]
