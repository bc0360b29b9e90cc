"""What pick lists refuse."""

from commerce.kernel.errors import Refusal
from commerce.platform.database import refuse_on


class OnAnotherList(Refusal):
    """Somebody else picks this work already."""

    code = "on_another_pick_list"
    es = "Otra persona ya está preparando este trabajo."
    ca = "Una altra persona ja està preparant aquesta feina."


class NothingToPick(Refusal):
    """There is nothing to pick that nobody picks yet."""

    code = "nothing_to_pick"
    es = "No hay nada por preparar que no esté preparando ya alguien."
    ca = "No hi ha res per preparar que no estigui preparant ja algú."


class PickedByAnother(Refusal):
    """The pick list is another picker's."""

    code = "picked_by_another"
    es = "La lista de preparación es de otra persona."
    ca = "La llista de preparació és d'una altra persona."


class WrongArticle(Refusal):
    """The list wants no unit of this article, or no more."""

    code = "wrong_article"
    es = "La lista no pide ninguna unidad, o ninguna más, de este artículo."
    ca = "La llista no demana cap unitat, o cap més, d'aquest article."


class SerialPicked(Refusal):
    """A unit with this serial number is picked already."""

    code = "serial_picked"
    es = "Ya se ha preparado una unidad con este número de serie."
    ca = "Ja s'ha preparat una unitat amb aquest número de sèrie."


refuse_on("uq_pick_list_works_held", OnAnotherList)
refuse_on("uq_picked_serials_variant_id_serial", SerialPicked)
refuse_on("pk_picked_serials", SerialPicked)
