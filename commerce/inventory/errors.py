"""What inventory refuses."""

from collections.abc import Sequence
from typing import Self

from commerce.inventory.facts import MOST_UNITS, Shortage
from commerce.kernel.errors import InvalidInput, Refusal
from commerce.platform.database import refuse_on


class InsufficientStock(Refusal):
    """Fewer units can be promised than were asked for."""

    code = "insufficient_stock"
    es = "Hay menos unidades disponibles de las que se piden."
    ca = "Hi ha menys unitats disponibles de les que es demanen."

    @classmethod
    def of(cls, short: Sequence[Shortage]) -> Self:
        """Names each place that is short, what was asked for there and what could be had instead."""
        said = "; ".join(
            f"{each.available} of {each.requested} of article {each.variant_id} can be had "
            f"{f'at {each.location_id}' if each.location_id else 'for delivery'}"
            for each in short
        )
        return cls(f"{said}. Ask for no more than that, or elsewhere.", lines=list(short))

    @property
    def short(self) -> Sequence[Shortage]:
        """The places that are short."""
        lines = self.facts["lines"]
        return lines if isinstance(lines, list) else []


class HoldExpired(Refusal):
    """The units that were kept for this basket are kept no longer."""

    code = "hold_expired"
    es = "La reserva de las unidades ha caducado."
    ca = "La reserva de les unitats ha caducat."


class HoldDiffers(Refusal):
    """A hold with this id keeps something else."""

    code = "hold_differs"
    es = "Ya existe una reserva con este identificador y otro contenido."
    ca = "Ja existeix una reserva amb aquest identificador i un altre contingut."


class NotReserved(Refusal):
    """The order has fewer units reserved there than should leave or be given up."""

    code = "not_reserved"
    es = "El pedido tiene reservadas menos unidades de las que se indican."
    ca = "La comanda té reservades menys unitats de les que s'indiquen."


class NotWanted(Refusal):
    """Fewer units of the order wait for a place than should be taken off."""

    code = "not_wanted"
    es = "Esperan destino menos unidades del pedido de las que se quieren quitar."
    ca = "Esperen destinació menys unitats de la comanda de les que es volen treure."


class BelowReserved(Refusal):
    """Fewer units would be on the shelf than are promised from it."""

    code = "below_reserved"
    es = "Quedarían menos unidades de las que ya están prometidas."
    ca = "Quedarien menys unitats de les que ja estan promeses."


class TooFewThere(Refusal):
    """Fewer units are in transit, in quarantine, damaged or short there than should be moved."""

    code = "too_few_there"
    es = "Hay menos unidades en tránsito, en cuarentena, dañadas o en falta de las que se quieren mover."
    ca = "Hi ha menys unitats en trànsit, en quarantena, malmeses o en falta de les que es volen moure."


class StockMoved(Refusal):
    """The shelf holds another number of units than was expected."""

    code = "stock_moved"
    es = "La cantidad en el estante no es la que se esperaba."
    ca = "La quantitat al prestatge no és la que s'esperava."


class NeedsCodes(Refusal):
    """Units of this article have lots or serial numbers, which an adjustment cannot name."""

    code = "needs_codes"
    es = "Las unidades de este artículo tienen lote o número de serie, y un ajuste no puede indicarlos."
    ca = "Les unitats d'aquest article tenen lot o número de sèrie, i un ajust no els pot indicar."


class AlreadyStocked(Refusal):
    """There was stock here before, so there can be no initial stock."""

    code = "already_stocked"
    es = "Ya hubo existencias aquí; no puede haber unas iniciales."
    ca = "Ja hi va haver existències aquí; no n'hi pot haver d'inicials."


class EffectDiffers(Refusal):
    """The effect key has moved other units before."""

    code = "effect_differs"
    es = "Esta clave ya produjo otro movimiento de existencias."
    ca = "Aquesta clau ja va produir un altre moviment d'existències."


class TooMany(Refusal):
    """More units than a shelf can be told to hold."""

    code = "too_many_units"
    es = "Son más unidades de las que puede registrar un estante."
    ca = "Són més unitats de les que pot registrar un prestatge."


refuse_on("ck_stock_levels_on_hand_bounded", lambda: TooMany(f"A shelf holds at most {MOST_UNITS} units."))
refuse_on("ck_stock_balances_units_bounded", lambda: TooMany(f"A spot holds at most {MOST_UNITS} units."))
refuse_on(
    "fk_kept_back_changes_channel_id_channels", lambda: InvalidInput("There is no channel with one of the channel ids.")
)
refuse_on(
    "fk_stock_levels_variant_id_variants", lambda: InvalidInput("There is no article with one of the variant ids.")
)
refuse_on(
    "fk_stock_levels_location_id_locations", lambda: InvalidInput("There is no location with one of the location ids.")
)


class StockNotKept(Refusal):
    """No stock is kept of this article."""

    code = "stock_not_kept"
    es = "De este artículo no se lleva existencia."
    ca = "D'aquest article no se'n porta existència."


refuse_on(
    "stock_levels_of_what_is_kept",
    lambda: StockNotKept("It is a kit, whose stock is that of its components, or a service, or sent as a file."),
)
