"""What messages say about other articles instead of missing ones, in three languages."""

from collections.abc import Mapping
from typing import Final

from commerce.care.facts import Kind

SUBSTITUTES: Final[Mapping[Kind, Mapping[str, tuple[str, str]]]] = {
    Kind.SUBSTITUTE_PROPOSED: {
        "en": (
            "Your order {number}: would this do instead?",
            (
                "{place} does not have these articles of your order {number}:\n\n{items}\n\nbut it has these:\n\n{instead}\n\n"
                "They would cost {costs}. Open your order and say whether you want them by {when}. Without an answer nothing is changed for "
                "another article, and you are not charged for what is missing."
            ),
        ),
        "es": (
            "Tu pedido {number}: ¿te sirve este otro?",
            (
                "{place} no tiene estos artículos de tu pedido {number}:\n\n{items}\n\npero tiene estos:\n\n{instead}\n\n"
                "Costarían {costs}. Abre tu pedido y di si los quieres antes del {when}. Sin respuesta no cambiamos nada por otro artículo, "
                "y no te cobramos lo que falta."
            ),
        ),
        "ca": (
            "La teva comanda {number}: et va bé aquest altre?",
            (
                "{place} no té aquests articles de la teva comanda {number}:\n\n{items}\n\nperò té aquests:\n\n{instead}\n\n"
                "Costarien {costs}. Obre la teva comanda i digues si els vols abans del {when}. Sense resposta no canviem res per un altre "
                "article, i no et cobrem el que falta."
            ),
        ),
    },
    Kind.SUBSTITUTE_TAKEN: {
        "en": (
            "Your order {number}: another article",
            (
                "as agreed, instead of these articles of your order {number}:\n\n{items}\n\nyou get these:\n\n{instead}\n\n"
                "They cost {costs}. You can refuse them when you get them."
            ),
        ),
        "es": (
            "Tu pedido {number}: otro artículo",
            (
                "Como acordamos, en lugar de estos artículos de tu pedido {number}:\n\n{items}\n\nrecibes estos:\n\n{instead}\n\n"
                "Cuestan {costs}. Puedes rechazarlos cuando los recibas."
            ),
        ),
        "ca": (
            "La teva comanda {number}: un altre article",
            (
                "Tal com vam acordar, en lloc d'aquests articles de la teva comanda {number}:\n\n{items}\n\nreps aquests:\n\n{instead}\n\n"
                "Costen {costs}. Els pots refusar quan els rebis."
            ),
        ),
    },
}
