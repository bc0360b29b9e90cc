"""The articles of a large shop, made up and always the same: the article of a number is what it is, however many there are.

Words are drawn as a shop's words are: a few nouns, materials and brands are everywhere and most are rare (Zipf). Two kinds are exact, for
measuring: `BROAD` stands in the title of one product in a hundred, and each series' name in the titles of twenty products that follow one
another, so that a large catalogue has more words than a small one and a search for a series finds as much in either.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

OPTIONS = 3
BROAD = "limited"
BROAD_EVERY, BROAD_AT = 100, 37
IN_A_SERIES = 20
BRANDS = 400

Text3 = tuple[str, str, str]
"""A text in English, Spanish and Catalan."""

DEPARTMENTS: dict[Text3, list[Text3]] = {
    ("Kitchen", "Cocina", "Cuina"): [
        ("pot", "olla", "olla"),
        ("pan", "sartén", "paella"),
        ("knife", "cuchillo", "ganivet"),
        ("kettle", "hervidor", "bullidor"),
        ("grater", "rallador", "ratllador"),
        ("colander", "colador", "colador"),
    ],
    ("Table", "Mesa", "Taula"): [
        ("plate", "plato", "plat"),
        ("bowl", "bol", "bol"),
        ("glass", "vaso", "got"),
        ("jug", "jarra", "gerra"),
        ("cup", "taza", "tassa"),
        ("tray", "bandeja", "safata"),
    ],
    ("Living room", "Salón", "Sala d'estar"): [
        ("chair", "silla", "cadira"),
        ("sofa", "sofá", "sofà"),
        ("cushion", "cojín", "coixí"),
        ("shelf", "estante", "prestatge"),
        ("clock", "reloj", "rellotge"),
        ("mirror", "espejo", "mirall"),
    ],
    ("Light", "Iluminación", "Il·luminació"): [
        ("lamp", "lámpara", "làmpada"),
        ("candle", "vela", "espelma"),
        ("lantern", "farol", "fanal"),
        ("bulb", "bombilla", "bombeta"),
        ("torch", "linterna", "llanterna"),
        ("shade", "pantalla", "pantalla"),
    ],
    ("Bedroom", "Dormitorio", "Dormitori"): [
        ("blanket", "manta", "manta"),
        ("pillow", "almohada", "coixinera"),
        ("sheet", "sábana", "llençol"),
        ("quilt", "edredón", "edredó"),
        ("rug", "alfombra", "catifa"),
        ("curtain", "cortina", "cortina"),
    ],
    ("Bath", "Baño", "Bany"): [
        ("towel", "toalla", "tovallola"),
        ("soap", "jabón", "sabó"),
        ("brush", "cepillo", "raspall"),
        ("basket", "cesta", "cistella"),
        ("mat", "alfombrilla", "estoreta"),
        ("dispenser", "dosificador", "dosificador"),
    ],
    ("Garden", "Jardín", "Jardí"): [
        ("planter", "macetero", "torratxa"),
        ("hose", "manguera", "mànega"),
        ("rake", "rastrillo", "rasclet"),
        ("bench", "banco", "banc"),
        ("parasol", "sombrilla", "para-sol"),
        ("spade", "pala", "pala"),
    ],
    ("Office", "Oficina", "Oficina"): [
        ("notebook", "cuaderno", "quadern"),
        ("pen", "bolígrafo", "bolígraf"),
        ("desk", "escritorio", "escriptori"),
        ("stapler", "grapadora", "grapadora"),
        ("folder", "carpeta", "carpeta"),
        ("scissors", "tijeras", "tisores"),
    ],
}
NOUNS: list[tuple[int, Text3]] = [(nth, noun) for nth, nouns in enumerate(DEPARTMENTS.values()) for noun in nouns]
MATERIALS: list[Text3] = [
    ("oak", "roble", "roure"),
    ("steel", "acero", "acer"),
    ("cotton", "algodón", "cotó"),
    ("glass", "vidrio", "vidre"),
    ("linen", "lino", "lli"),
    ("clay", "barro", "fang"),
    ("wool", "lana", "llana"),
    ("bamboo", "bambú", "bambú"),
    ("leather", "cuero", "cuir"),
    ("paper", "papel", "paper"),
    ("marble", "mármol", "marbre"),
    ("copper", "cobre", "coure"),
    ("walnut", "nogal", "noguera"),
    ("velvet", "terciopelo", "vellut"),
    ("brass", "latón", "llautó"),
    ("cork", "corcho", "suro"),
    ("slate", "pizarra", "pissarra"),
    ("silk", "seda", "seda"),
    ("rattan", "ratán", "ratan"),
    ("porcelain", "porcelana", "porcellana"),
]
COLOURS: list[Text3] = [
    ("white", "blanco", "blanc"),
    ("black", "negro", "negre"),
    ("grey", "gris", "gris"),
    ("blue", "azul", "blau"),
    ("green", "verde", "verd"),
    ("red", "rojo", "vermell"),
    ("yellow", "amarillo", "groc"),
    ("brown", "marrón", "marró"),
    ("pink", "rosa", "rosa"),
    ("orange", "naranja", "taronja"),
    ("violet", "violeta", "violeta"),
    ("turquoise", "turquesa", "turquesa"),
]
SIZES = ("Small", "Medium", "Large")
LIMITED: Text3 = (f", {BROAD} edition", ", edición limitada", ", edició limitada")
PRAISE: list[Text3] = [
    ("Made to last.", "Hecho para durar.", "Fet per durar."),
    ("Wipe with a damp cloth.", "Limpiar con un paño húmedo.", "Netejar amb un drap humit."),
    ("Dishwasher safe.", "Apto para lavavajillas.", "Apte per a rentaplats."),
    ("From responsible forests.", "De bosques responsables.", "De boscos responsables."),
    ("Stacks neatly.", "Se apila bien.", "S'apila bé."),
    ("For indoors and outdoors.", "Para interior y exterior.", "Per a interior i exterior."),
    ("Made by hand in small batches.", "Hecho a mano en series cortas.", "Fet a mà en sèries curtes."),
    ("Comes with a spare part.", "Viene con una pieza de recambio.", "Ve amb una peça de recanvi."),
]
_SYLLABLES = [first + second for first in "bdfglmnprstvz" for second in ("a", "e", "i", "o", "u", "al", "en", "or")]
_MANY = len(_SYLLABLES)


@dataclass(frozen=True, slots=True)
class Option:
    """A variant. Money is euro cents, tax included."""

    value: str
    sku: str
    barcode: str
    grams: int
    price: int
    compare_at: int | None


@dataclass(frozen=True, slots=True)
class Article:
    """A product; `noun`, `material` and `colour` are places in their lists, `attributes` are by code."""

    nth: int
    handle: str
    title: Text3
    description: Text3
    brand: str
    noun: int
    material: int
    colour: int
    tags: list[str]
    option: str
    options: list[Option]
    image: str
    attributes: dict[str, str | int | bool]


def word(number: int, syllables: int) -> str:
    """Gives the made-up word of a number: another one for each number below 104 to the power of the syllables."""
    scattered = number * 7_919 % _MANY**syllables
    parts: list[str] = []
    for _ in range(syllables):
        scattered, place = divmod(scattered, _MANY)
        parts.append(_SYLLABLES[place])
    return "".join(parts)


def series(nth: int) -> str:
    """Gives the name that the product of this number has in its title, as have nineteen others beside it."""
    return word(nth // IN_A_SERIES, 3).title()


def brand(number: int) -> str:
    """Gives the brand of a number below `BRANDS`; small numbers are on most products."""
    return word(number + 1, 2).title()


def barcode(nth: int, option: int) -> str:
    """Gives a GTIN of thirteen digits from those kept for use within a company (GS1 General Specifications: prefixes 040 to 049)."""
    digits = f"04{nth:08}{option:02}"
    return digits + str(-sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10)


def handle(nth: int) -> str:
    """Gives the handle, which is the slug, too."""
    return f"{series(nth).lower()}-{NOUNS[_noun(random.Random(nth))][1][0]}-{nth}"


def article(nth: int) -> Article:
    """Gives the article of a number."""
    dice = random.Random(nth)
    noun = _noun(dice)
    material, colour, maker = _rare(dice, len(MATERIALS)), _rare(dice, len(COLOURS)), _rare(dice, BRANDS)
    name, (_, thing), stuff, tint = series(nth), NOUNS[noun], MATERIALS[material], COLOURS[colour]
    more = LIMITED if nth % BROAD_EVERY == BROAD_AT else ("", "", "")
    praise = [PRAISE[_rare(dice, len(PRAISE))] for _ in range(3)]
    said = tuple(" ".join([_first(stuff, thing, tint)[n], *(each[n] for each in praise)]) for n in range(3))
    coloured = dice.random() < 0.3
    # From about 2 to 900 euro, most of them cheap.
    base = int(math.exp(0.7 + 6.1 * dice.random() * dice.random() + 0.6 * dice.random()) * 100) // 100 * 100 + 95
    was = dice.random() < 0.15
    options = [
        Option(
            COLOURS[(colour + place) % len(COLOURS)][0].title() if coloured else SIZES[place],
            f"{thing[0][:3].upper()}-{nth:06}-{place}",
            barcode(nth, place),
            100 + int(dice.random() * 4_000),
            price := base + (0 if coloured else place * (base // 5 // 10 * 10)),
            price * 5 // 4 if was else None,
        )
        for place in range(OPTIONS)
    ]
    return Article(
        nth=nth,
        handle=f"{name.lower()}-{thing[0]}-{nth}",
        title=(
            f"{name} {stuff[0]} {thing[0]}{more[0]}",
            f"{thing[1].capitalize()} {name} de {stuff[1]}{more[1]}",
            f"{thing[2].capitalize()} {name} de {stuff[2]}{more[2]}",
        ),
        description=(said[0], said[1], said[2]),
        brand=brand(maker),
        noun=noun,
        material=material,
        colour=colour,
        tags=[tint[0], *(["new"] if dice.random() < 0.05 else [])],
        option="Colour" if coloured else "Size",
        options=options,
        image=f"https://images.example.com/{nth}.jpg",
        attributes={
            "material": stuff[0],
            "colour": tint[0],
            "width_cm": 5 + 5 * _rare(dice, 40),
            "recycled": dice.random() < 0.1,
        },
    )


def articles(products: int) -> Iterator[Article]:
    """Gives so many articles, one after the other."""
    return map(article, range(products))


def _first(stuff: Text3, thing: Text3, tint: Text3) -> Text3:
    return (
        f"A {tint[0]} {thing[0]} of {stuff[0]} for every day.",
        f"{thing[1].capitalize()} de {stuff[1]}, color {tint[1]}, para cada día.",
        f"{thing[2].capitalize()} de {stuff[2]}, color {tint[2]}, per a cada dia.",
    )


def _noun(dice: random.Random) -> int:
    return _rare(dice, len(NOUNS))


def _rare(dice: random.Random, many: int) -> int:
    """Gives a place below `many`: the k-th about as often as one over k."""
    return min(int((many + 1) ** dice.random()) - 1, many - 1)
