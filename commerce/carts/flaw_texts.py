"""What stands between a cart and its order, said to the buyer in Spanish and Catalan.

The English words come with each flaw from where it was found, with more of its facts; what a page shows beside them (`available`,
`expected_from`, `alternatives`) is told as such.
"""

from collections.abc import Mapping
from typing import Final

from commerce.carts.facts import Flaw

# By code, in Spanish and Catalan.
TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "empty": ("Añade algo a la cesta.", "Afegeix alguna cosa a la cistella."),
    "no_contact": ("Indica cómo contactar con el comprador.", "Indica com contactar amb el comprador."),
    "no_shipping_address": ("Indica adónde se envía.", "Indica on s'envia."),
    "no_fulfilment": ("Elige si se recoge, y dónde, o si se envía.", "Tria si es recull, i on, o si s'envia."),
    "no_goods_there": (
        "No hay nada que entregar o enviar junto con este artículo: no elijas ninguna entrega para él.",
        "No hi ha res per lliurar o enviar juntament amb aquest article: no en triïs cap lliurament.",
    ),
    "insufficient_stock": (
        "No hay tantas unidades ahora mismo; disponibles: {available}.",
        "Ara mateix no hi ha tantes unitats; disponibles: {available}.",
    ),
    "comes_later": (
        "No hay tantas unidades ahora mismo (disponibles: {available}); el resto llegará más adelante.",
        "Ara mateix no hi ha tantes unitats (disponibles: {available}); la resta arribarà més endavant.",
    ),
    "unknown_article": ("Este artículo no existe.", "Aquest article no existeix."),
    "not_for_sale": ("Este artículo no está a la venta.", "Aquest article no és a la venda."),
    "not_shippable": (
        "Este artículo no se puede enviar; se puede recoger.",
        "Aquest article no es pot enviar; es pot recollir.",
    ),
    "no_price": ("Este artículo no tiene precio por ahora.", "Aquest article no té preu de moment."),
    "no_tax_rate": (
        "No hay ningún impuesto establecido para este artículo en el lugar de destino.",
        "No hi ha cap impost establert per a aquest article al lloc de destinació.",
    ),
    "unknown_method": ("Esta forma de envío no existe.", "Aquesta forma d'enviament no existeix."),
    "unknown_location": ("Aquí no se puede recoger.", "Aquí no es pot recollir."),
    "not_delivered_there": (
        "Esta forma de envío no llega a ese destino.",
        "Aquesta forma d'enviament no arriba a aquesta destinació.",
    ),
    "not_online": ("Este artículo solo se vende en la tienda.", "Aquest article només es ven a la botiga."),
    "not_shipped": ("Este artículo no se envía.", "Aquest article no s'envia."),
    "not_collected": ("Este artículo no se recoge en tienda.", "Aquest article no es recull a la botiga."),
    "once_per_order": (
        "De este artículo solo se vende una unidad por pedido.",
        "D'aquest article només se'n ven una unitat per comanda.",
    ),
    "age_not_confirmed": (
        "Confirma que el comprador tiene la edad que exige este artículo.",
        "Confirma que el comprador té l'edat que exigeix aquest article.",
    ),
    "slot_not_offered": (
        "El pedido no estaría listo para esta franja.",
        "La comanda no estaria a punt per a aquesta franja.",
    ),
    "slot_full": ("Esta franja ya no admite más pedidos.", "Aquesta franja ja no admet més comandes."),
}


def said(flaw: Flaw, language: str) -> str:
    """Gives the words of a flaw in a language: es, ca, or as they were found, in English."""
    if language not in {"es", "ca"}:
        return flaw.detail
    spanish, catalan = TEXTS[flaw.code]
    return (spanish if language == "es" else catalan).format(available=flaw.available)
