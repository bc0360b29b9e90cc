"""What the buyer is told about each code that was offered, in es, ca and en."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from commerce.kernel.money import Money, format_money
from commerce.price_engine import CodeAnswer, Priced, PromotionPassed
from commerce.quotes.facts import RefusedCode
from commerce.quotes.schemas import CodeOut

# Each word that the engine (`PromotionWhy`) and promotions (`CodeWhy`) give, in English, Spanish and Catalan.
TEXTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "applied": ("The code applies.", "El código se aplica.", "El codi s'aplica."),
    "unknown": ("There is no such code.", "Este código no existe.", "Aquest codi no existeix."),
    "withdrawn": (
        "This code is no longer valid.",
        "Este código ya no es válido.",
        "Aquest codi ja no és vàlid.",
    ),
    "not_yet": ("This code is not valid yet.", "Este código aún no es válido.", "Aquest codi encara no és vàlid."),
    "over": ("This code has expired.", "Este código ha caducado.", "Aquest codi ha caducat."),
    "used_up": ("This code has been used up.", "Este código está agotado.", "Aquest codi s'ha esgotat."),
    "reserved": (
        "This code is kept for an order that is not paid yet.",
        "Este código está reservado para un pedido aún sin pagar.",
        "Aquest codi està reservat per a una comanda encara sense pagar.",
    ),
    "second": (
        "Another code for the same offer is already there.",
        "Ya hay otro código de la misma oferta.",
        "Ja hi ha un altre codi de la mateixa oferta.",
    ),
    "not_now": (
        "The offer does not apply at this moment.",
        "La oferta no se aplica en este momento.",
        "L'oferta no s'aplica en aquest moment.",
    ),
    "other_channel": (
        "The offer does not apply here.",
        "La oferta no se aplica aquí.",
        "L'oferta no s'aplica aquí.",
    ),
    "other_store": (
        "The offer does not apply in this store.",
        "La oferta no se aplica en esta tienda.",
        "L'oferta no s'aplica en aquesta botiga.",
    ),
    "other_group": (
        "The offer is for other customers.",
        "La oferta es para otros clientes.",
        "L'oferta és per a altres clients.",
    ),
    "other_customer": (
        "The offer is for another customer.",
        "La oferta es para otro cliente.",
        "L'oferta és per a un altre client.",
    ),
    "not_first_order": (
        "The offer is for a first order, signed in.",
        "La oferta es para un primer pedido, con la sesión iniciada.",
        "L'oferta és per a una primera comanda, amb la sessió iniciada.",
    ),
    "other_hours": (
        "The offer does not apply at this time of day.",
        "La oferta no se aplica a esta hora.",
        "L'oferta no s'aplica a aquesta hora.",
    ),
    "other_tender": (
        "The offer needs another way to pay.",
        "La oferta requiere otra forma de pago.",
        "L'oferta demana una altra forma de pagament.",
    ),
    "other_fulfilment": (
        "The offer needs another way of delivery.",
        "La oferta requiere otra forma de entrega.",
        "L'oferta demana una altra forma de lliurament.",
    ),
    "other_currency": (
        "The offer does not apply in this currency.",
        "La oferta no se aplica en esta moneda.",
        "L'oferta no s'aplica en aquesta moneda.",
    ),
    "no_code": ("The offer needs a code.", "La oferta requiere un código.", "L'oferta demana un codi."),
    "other_code": (
        "Another code for the same offer is already there.",
        "Ya hay otro código de la misma oferta.",
        "Ja hi ha un altre codi de la mateixa oferta.",
    ),
    "no_gift": (
        "The gift of the offer cannot be had at present.",
        "El regalo de la oferta no está disponible ahora.",
        "El regal de l'oferta no està disponible ara.",
    ),
    "no_delivery": (
        "Nothing in the basket is delivered the way the offer is for.",
        "Nada en la cesta se entrega como pide la oferta.",
        "Res de la cistella es lliura com demana l'oferta.",
    ),
    "no_article": (
        "Nothing in the basket takes part in the offer.",
        "Nada en la cesta participa en la oferta.",
        "Res de la cistella participa en l'oferta.",
    ),
    "needs_quantity": (
        "The basket needs more units for the offer.",
        "La cesta necesita más unidades para la oferta.",
        "La cistella necessita més unitats per a l'oferta.",
    ),
    "needs_amount": (
        "The basket needs a higher amount for the offer.",
        "La cesta necesita un importe mayor para la oferta.",
        "La cistella necessita un import més alt per a l'oferta.",
    ),
    "excluded": (
        "The offer does not combine with another one that applies.",
        "La oferta no se combina con otra que se aplica.",
        "L'oferta no es combina amb una altra que s'aplica.",
    ),
    "alone": (
        "The offer does not combine with any other.",
        "La oferta no se combina con ninguna otra.",
        "L'oferta no es combina amb cap altra.",
    ),
    "outdone": (
        "A better offer applies already.",
        "Ya se aplica una oferta mejor.",
        "Ja s'aplica una oferta millor.",
    ),
    "nothing_left": (
        "Nothing is left to be reduced.",
        "No queda nada que rebajar.",
        "No queda res per rebaixar.",
    ),
    "no_saving": (
        "The offer saves nothing on this basket.",
        "La oferta no ahorra nada en esta cesta.",
        "L'oferta no estalvia res en aquesta cistella.",
    ),
}
_PLACE: Final = {"en": 0, "es": 1, "ca": 2}
# What is missing, where the engine says how much: units, or an amount.
MISSING: Final[Mapping[str, tuple[str, str, str]]] = {
    "needs_quantity": ("{} more units are needed.", "Faltan {} unidades.", "Falten {} unitats."),
    "needs_amount": ("{} more are needed.", "Faltan {}.", "Falten {}."),
}


def code_answers(priced: Priced, refused: Iterable[RefusedCode], language: str) -> list[CodeOut]:
    """Answers each code that was offered: first those that the engine was handed, then those that open nothing."""
    missing = _missing(priced)
    return [_of_engine(each, priced.currency, missing, language) for each in priced.codes] + [
        CodeOut(
            code=each.code,
            applied=False,
            saved=Money(0, priced.currency),
            promotion_id=each.promotion_id,
            why=each.why,
            text=said(each.why, language),
        )
        for each in refused
    ]


def said(word: str, language: str) -> str:
    """Gives the text for a word in en, es or ca; English for any other language."""
    return TEXTS[word][_PLACE.get(language, 0)]


def _of_engine(answered: CodeAnswer, currency: str, missing: Mapping[UUID, PromotionPassed], language: str) -> CodeOut:
    word = "applied" if answered.applied else answered.why or "no_saving"
    text = said(word, language)
    lacks = None if answered.applied else missing.get(answered.promotion)
    if lacks is not None and word in MISSING and lacks.needed is not None and lacks.there is not None:
        more = lacks.needed - lacks.there
        figure = str(more) if word == "needs_quantity" else format_money(Money(more, currency), language)
        text = f"{text} {MISSING[word][_PLACE.get(language, 0)].format(figure)}"
    return CodeOut(
        code=answered.code,
        applied=answered.applied,
        saved=Money(answered.saved, currency),
        promotion_id=answered.promotion,
        why=answered.why,
        text=text,
    )


def _missing(priced: Priced) -> dict[UUID, PromotionPassed]:
    steps: Sequence[object] = priced.trace if any(not each.applied for each in priced.codes) else ()
    return {step.promotion: step for step in steps if isinstance(step, PromotionPassed) and step.needed is not None}
