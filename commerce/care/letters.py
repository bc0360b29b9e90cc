"""What messages say, in three languages. A test sees that none is missing and that all say the same."""

from collections.abc import Mapping
from typing import Final

from commerce.care.facts import Kind
from commerce.care.letters_substitutes import SUBSTITUTES

LANGUAGES: Final = ("en", "es", "ca")
END: Final = "\n\n{shop}\n"
HELLO: Final = {"en": "Hello {name},\n\n", "es": "Hola, {name}:\n\n", "ca": "Hola, {name}:\n\n"}
LETTERS: Final[Mapping[Kind, Mapping[str, tuple[str, str]]]] = {
    Kind.ORDER_CONFIRMED: {
        "en": (
            "Your order {number}",
            "thank you for your order {number}.\n\n{items}\n\n{promises}\n\nTotal, tax included: {total}. {payment}",
        ),
        "es": (
            "Tu pedido {number}",
            "Gracias por tu pedido {number}.\n\n{items}\n\n{promises}\n\nTotal, impuestos incluidos: {total}. {payment}",
        ),
        "ca": (
            "La teva comanda {number}",
            "Gràcies per la teva comanda {number}.\n\n{items}\n\n{promises}\n\nTotal, impostos inclosos: {total}. {payment}",
        ),
    },
    Kind.READY_FOR_PICKUP: {
        "en": (
            "Your order {number} is ready to collect",
            (
                "your order {number} waits for you. Show this code at the counter:\n\n    {code}\n\n{items}\n\nWhere:\n{place}\n\nOpen:\n{hours}"
                "\n\n{until}"
            ),
        ),
        "es": (
            "Tu pedido {number} está listo para recoger",
            (
                "Tu pedido {number} te espera. Enseña este código en el mostrador:\n\n    {code}\n\n{items}\n\nDónde:\n{place}\n\nHorario:\n{hours}"
                "\n\n{until}"
            ),
        ),
        "ca": (
            "La teva comanda {number} és a punt per recollir",
            (
                "La teva comanda {number} t'espera. Ensenya aquest codi al taulell:\n\n    {code}\n\n{items}\n\nOn:\n{place}\n\nHorari:\n{hours}"
                "\n\n{until}"
            ),
        ),
    },
    Kind.SHIPPED: {
        "en": (
            "Your order {number} is on its way",
            "we have sent these articles of your order {number} with {carrier}.\n\n{items}\n\n{tracking}",
        ),
        "es": (
            "Tu pedido {number} está en camino",
            "Hemos enviado estos artículos de tu pedido {number} con {carrier}.\n\n{items}\n\n{tracking}",
        ),
        "ca": (
            "La teva comanda {number} és en camí",
            "Hem enviat aquests articles de la teva comanda {number} amb {carrier}.\n\n{items}\n\n{tracking}",
        ),
    },
    Kind.NOT_SUPPLIED: {
        "en": (
            "Part of your order {number} cannot be supplied",
            (
                "we are sorry: we do not have these articles of your order {number} after all.\n\n{items}\n\n{amount} less is charged. "
                "The rest of the order, if any, stays as it is."
            ),
        ),
        "es": (
            "Una parte de tu pedido {number} no se puede servir",
            (
                "Lo sentimos: al final no tenemos estos artículos de tu pedido {number}.\n\n{items}\n\nSe cobran {amount} menos. "
                "El resto del pedido, si lo hay, sigue igual."
            ),
        ),
        "ca": (
            "Una part de la teva comanda {number} no es pot servir",
            (
                "Ho sentim: al final no tenim aquests articles de la teva comanda {number}.\n\n{items}\n\nEs cobren {amount} menys. "
                "La resta de la comanda, si n'hi ha, continua igual."
            ),
        ),
    },
    Kind.ORDER_CANCELLED: {
        "en": (
            "Your order {number} is cancelled",
            "your order {number} is cancelled. Nothing is charged for it; what your bank holds for it becomes free in the next days.",
        ),
        "es": (
            "Tu pedido {number} está cancelado",
            "Tu pedido {number} está cancelado. No se cobra nada; lo que tu banco tenga retenido queda libre en los próximos días.",
        ),
        "ca": (
            "La teva comanda {number} està cancel·lada",
            "La teva comanda {number} està cancel·lada. No es cobra res; el que el teu banc tingui retingut queda lliure els propers dies.",
        ),
    },
    Kind.RETURN_APPROVED: {
        "en": (
            "Your return {return_number}",
            "we take these articles of your order {number} back. Bring them to any of our stores and name the return {return_number}.\n\n{items}",
        ),
        "es": (
            "Tu devolución {return_number}",
            (
                "Aceptamos la devolución de estos artículos de tu pedido {number}. Tráelos a cualquiera de nuestras tiendas e indica la devolución "
                "{return_number}.\n\n{items}"
            ),
        ),
        "ca": (
            "La teva devolució {return_number}",
            (
                "Acceptem la devolució d'aquests articles de la teva comanda {number}. Porta'ls a qualsevol de les nostres botigues i indica la "
                "devolució {return_number}.\n\n{items}"
            ),
        ),
    },
    Kind.RETURN_DECLINED: {
        "en": (
            "Your return {return_number}",
            "we cannot take these articles of your order {number} back (return {return_number}).\n\n{items}\n\nThe reason: {reason}",
        ),
        "es": (
            "Tu devolución {return_number}",
            (
                "No podemos aceptar la devolución de estos artículos de tu pedido {number} (devolución {return_number}).\n\n{items}\n\n"
                "El motivo: {reason}"
            ),
        ),
        "ca": (
            "La teva devolució {return_number}",
            (
                "No podem acceptar la devolució d'aquests articles de la teva comanda {number} (devolució {return_number}).\n\n{items}\n\n"
                "El motiu: {reason}"
            ),
        ),
    },
    Kind.REFUNDED: {
        "en": (
            "We have given {amount} back to you",
            "we have given {amount} of your order {number} back to you, by the way in which you paid. {wait}",
        ),
        "es": (
            "Te hemos devuelto {amount}",
            "Te hemos devuelto {amount} de tu pedido {number}, por el mismo medio con el que pagaste. {wait}",
        ),
        "ca": (
            "T'hem retornat {amount}",
            "T'hem retornat {amount} de la teva comanda {number}, pel mateix mitjà amb què vas pagar. {wait}",
        ),
    },
    Kind.PROMISE_MOVED: {
        "en": (
            "Your order {number}: a new time",
            "the time that we promised for these articles of your order {number} has changed.\n\n{items}\n\n{promise}",
        ),
        "es": (
            "Tu pedido {number}: una hora nueva",
            "La hora que te prometimos para estos artículos de tu pedido {number} ha cambiado.\n\n{items}\n\n{promise}",
        ),
        "ca": (
            "La teva comanda {number}: una hora nova",
            "L'hora que et vam prometre per a aquests articles de la teva comanda {number} ha canviat.\n\n{items}\n\n{promise}",
        ),
    },
    Kind.CHOICE_WANTED: {
        "en": (
            "Your order {number}: please choose",
            (
                "we are sorry: {place} does not have these articles of your order {number} after all.\n\n{items}\n\nOpen your order and choose: "
                "another store, delivery at no charge, to wait, or your money back. If we hear nothing by {when}, you get your money back."
            ),
        ),
        "es": (
            "Tu pedido {number}: elige qué hacemos",
            (
                "Lo sentimos: al final {place} no tiene estos artículos de tu pedido {number}.\n\n{items}\n\nAbre tu pedido y elige: otra tienda, "
                "envío sin coste, esperar o la devolución del dinero. Si no sabemos nada antes del {when}, te devolvemos el dinero."
            ),
        ),
        "ca": (
            "La teva comanda {number}: tria què fem",
            (
                "Ho sentim: al final {place} no té aquests articles de la teva comanda {number}.\n\n{items}\n\nObre la teva comanda i tria: una "
                "altra botiga, enviament sense cost, esperar o la devolució dels diners. Si no en sabem res abans del {when}, et retornem els "
                "diners."
            ),
        ),
    },
    Kind.CHOICE_MADE: {
        "en": (
            "Your order {number} goes on",
            "thank you for your choice. These articles of your order {number}:\n\n{items}\n\n{promise}",
        ),
        "es": (
            "Tu pedido {number} sigue adelante",
            "Gracias por elegir. Estos artículos de tu pedido {number}:\n\n{items}\n\n{promise}",
        ),
        "ca": (
            "La teva comanda {number} continua",
            "Gràcies per triar. Aquests articles de la teva comanda {number}:\n\n{items}\n\n{promise}",
        ),
    },
    Kind.PICKUP_REMINDER: {
        "en": (
            "Your order {number} still waits for you",
            "your order {number} still waits for you at {place}. Your code: {code}\n\n{items}\n\n{until}",
        ),
        "es": (
            "Tu pedido {number} te sigue esperando",
            "Tu pedido {number} te sigue esperando en {place}. Tu código: {code}\n\n{items}\n\n{until}",
        ),
        "ca": (
            "La teva comanda {number} encara t'espera",
            "La teva comanda {number} encara t'espera a {place}. El teu codi: {code}\n\n{items}\n\n{until}",
        ),
    },
    Kind.PICKUP_EXTENDED: {
        "en": ("Your order {number} waits longer", "we keep your order {number} longer for you at {place}.\n\n{until}"),
        "es": (
            "Tu pedido {number} te espera más tiempo",
            "Te guardamos más tiempo el pedido {number} en {place}.\n\n{until}",
        ),
        "ca": (
            "La teva comanda {number} t'espera més temps",
            "Et guardem més temps la comanda {number} a {place}.\n\n{until}",
        ),
    },
    Kind.PICKUP_EXPIRED: {
        "en": (
            "Your order {number} was not collected",
            "nobody collected these articles of your order {number} at {place} in time, so they go back to the shelf.\n\n{items}\n\n{money}",
        ),
        "es": (
            "No se ha recogido tu pedido {number}",
            (
                "Nadie ha recogido a tiempo en {place} estos artículos de tu pedido {number}, así que vuelven al estante.\n\n{items}\n\n{money}"
            ),
        ),
        "ca": (
            "No s'ha recollit la teva comanda {number}",
            (
                "Ningú no ha recollit a temps a {place} aquests articles de la teva comanda {number}, de manera que tornen al prestatge.\n\n{items}"
                "\n\n{money}"
            ),
        ),
    },
    **SUBSTITUTES,
}
PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    "collect": {
        "en": "To collect at {place}, from {when}. We write to you when it is ready.",
        "es": "Para recoger en {place}, a partir del {when}. Te escribiremos cuando esté listo.",
        "ca": "Per recollir a {place}, a partir del {when}. T'escriurem quan estigui a punt.",
    },
    "collect_soon": {
        "en": "To collect at {place}. We write to you when it is ready.",
        "es": "Para recoger en {place}. Te escribiremos cuando esté listo.",
        "ca": "Per recollir a {place}. T'escriurem quan estigui a punt.",
    },
    "collect_later": {
        "en": "Comes later, to collect at {place}, as it is expected now from {when}. We write to you when it is ready:",
        "es": "Llega más tarde, para recoger en {place}, según lo previsto ahora a partir del {when}. Te escribiremos cuando esté listo:",
        "ca": "Arriba més tard, per recollir a {place}, segons el previst ara a partir del {when}. T'escriurem quan estigui a punt:",
    },
    "send_later": {
        "en": "Comes later, to be sent as it is expected now by {when}:",
        "es": "Llega más tarde; según lo previsto ahora se enviará antes del {when}:",
        "ca": "Arriba més tard; segons el previst ara s'enviarà abans del {when}:",
    },
    "send": {
        "en": "To be sent by {when}: {method}.",
        "es": "Se enviará antes del {when}: {method}.",
        "ca": "S'enviarà abans del {when}: {method}.",
    },
    "send_soon": {"en": "To be sent: {method}.", "es": "Se enviará: {method}.", "ca": "S'enviarà: {method}."},
    "gift": {
        "en": "{item} (a gift)",
        "es": "{item} (de regalo)",
        "ca": "{item} (de regal)",
    },
    "fees": {
        "en": "Eco-fees and deposits: {amount}",
        "es": "Ecotasas y depósitos: {amount}",
        "ca": "Ecotaxes i dipòsits: {amount}",
    },
    "discounts": {
        "en": "Discounts: {amount} less",
        "es": "Descuentos: {amount} menos",
        "ca": "Descomptes: {amount} menys",
    },
    "delivery_less": {
        "en": "Delivery: {amount} instead of {before}",
        "es": "Envío: {amount} en lugar de {before}",
        "ca": "Enviament: {amount} en lloc de {before}",
    },
    "pay_card": {
        "en": "Your card is charged when the goods leave us.",
        "es": "El cargo en tu tarjeta se hace cuando la mercancía sale.",
        "ca": "El càrrec a la teva targeta es fa quan la mercaderia surt.",
    },
    "pay_counter": {
        "en": "You pay when you collect it.",
        "es": "Pagas al recogerlo.",
        "ca": "Pagues en recollir-la.",
    },
    "until": {
        "en": "We keep it for you until {when}.",
        "es": "Te lo guardamos hasta el {when}.",
        "ca": "Te la guardem fins al {when}.",
    },
    "sent_by": {
        "en": "To be sent to you by {when}.",
        "es": "Te lo enviaremos antes del {when}.",
        "ca": "T'ho enviarem abans del {when}.",
    },
    "sent_soon": {"en": "To be sent to you.", "es": "Te lo enviaremos.", "ca": "T'ho enviarem."},
    "not_charged": {
        "en": "Nothing is charged for them.",
        "es": "No se cobra nada por ellos.",
        "ca": "No se'n cobra res.",
    },
    "track": {
        "en": "Follow the parcel: {track}",
        "es": "Sigue el envío: {track}",
        "ca": "Segueix l'enviament: {track}",
    },
    "bank_days": {
        "en": "Your bank may take some days to show it.",
        "es": "Tu banco puede tardar unos días en mostrarlo.",
        "ca": "El teu banc pot trigar uns dies a mostrar-ho.",
    },
}


def known(language: str) -> str:
    """Gives the language that messages are written in for an order's language: English for one that is not ours."""
    return language if language in LANGUAGES else "en"


def letter(kind: Kind, language: str, facts: Mapping[str, str]) -> tuple[str, str]:
    """Gives subject and text of a message. `facts` has at least `name`, `number` and `shop`; a missing one is an error of the program."""
    subject, text = LETTERS[kind][language]
    whole = f"{HELLO[language]}{text}{END}"
    return subject.format_map(facts), whole.format_map(facts)


def phrase(name: str, language: str, **facts: str) -> str:
    """Gives one sentence that a message may hold."""
    return PHRASES[name][language].format_map(facts)
