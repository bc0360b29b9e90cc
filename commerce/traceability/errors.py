"""What traceability refuses."""

from commerce.inventory import EffectDiffers
from commerce.kernel.errors import InvalidInput, Refusal
from commerce.platform.database import refuse_on


class SerialNeeded(Refusal):
    """Each unit of this article needs its serial number."""

    code = "serial_needed"
    es = "Cada unidad de este artículo necesita su número de serie."
    ca = "Cada unitat d'aquest article necessita el seu número de sèrie."


class SerialUnknown(Refusal):
    """There is no unit with this serial number."""

    code = "serial_unknown"
    es = "No hay ninguna unidad con este número de serie."
    ca = "No hi ha cap unitat amb aquest número de sèrie."


class SerialElsewhere(Refusal):
    """The unit with this serial number is somewhere else by the books."""

    code = "serial_elsewhere"
    es = "Según los registros, la unidad con este número de serie está en otro sitio."
    ca = "Segons els registres, la unitat amb aquest número de sèrie és en un altre lloc."


class NotSoldWithLine(Refusal):
    """These units did not leave with this order line."""

    code = "not_sold_with_line"
    es = "Estas unidades no salieron con esta línea del pedido."
    ca = "Aquestes unitats no van sortir amb aquesta línia de la comanda."


class LotNeeded(Refusal):
    """Units of this article need their lot, and where the article asks for it, its last day of sale."""

    code = "lot_needed"
    es = "Las unidades de este artículo necesitan su lote y, si el artículo la pide, su fecha de caducidad."
    ca = "Les unitats d'aquest article necessiten el seu lot i, si l'article la demana, la data de caducitat."


class LotDiffers(Refusal):
    """The lot is known with another last day of sale."""

    code = "lot_differs"
    es = "El lote consta con otra fecha de caducidad."
    ca = "El lot consta amb una altra data de caducitat."


class LotShort(Refusal):
    """Fewer units of the lots are there than should leave."""

    code = "lot_short"
    es = "Hay menos unidades de los lotes de las que deberían salir."
    ca = "Hi ha menys unitats dels lots de les que haurien de sortir."


class LotExpired(Refusal):
    """The units that are left are of lots that have expired."""

    code = "lot_expired"
    es = "Las unidades que quedan son de lotes caducados."
    ca = "Les unitats que queden són de lots caducats."


class UnitsUndeclared(Refusal):
    """The units that are there were not told lot by lot, or with their serial numbers."""

    code = "units_undeclared"
    es = "No se han indicado los lotes o los números de serie de las unidades que hay."
    ca = "No s'han indicat els lots o els números de sèrie de les unitats que hi ha."


refuse_on(
    "uq_trace_movements_effect_key",
    lambda: EffectDiffers("The effect key has moved these units meanwhile; repeat the request, or use a new key."),
)
refuse_on(
    "fk_lot_levels_location_id_locations", lambda: InvalidInput("There is no location with one of the location ids.")
)
refuse_on(
    "fk_serial_numbers_location_id_locations",
    lambda: InvalidInput("There is no location with one of the location ids."),
)
