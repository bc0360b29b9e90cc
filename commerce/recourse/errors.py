"""What recourse refuses."""

from commerce.kernel.errors import Refusal


class NothingWaits(Refusal):
    """Not that many units of the line wait for supply any more."""

    code = "nothing_waits"
    status = 409
    es = "Ya no hay tantas unidades de la línea a la espera de existencias."
    ca = "Ja no hi ha tantes unitats de la línia a l'espera d'existències."


class KitGoesTogether(Refusal):
    """What is part of a kit can be cancelled with the whole kit only."""

    code = "kit_goes_together"
    status = 409
    es = "Lo que forma parte de un lote solo se puede cancelar con el lote entero."
    ca = "El que forma part d'un lot només es pot cancel·lar amb el lot sencer."


class NoSubstitute(Refusal):
    """The article cannot stand for the one that is missing."""

    code = "no_substitute"
    status = 409
    es = "Este artículo no puede sustituir al que falta."
    ca = "Aquest article no pot substituir el que falta."


class SubstituteUnwanted(Refusal):
    """The buyer wants nothing else instead."""

    code = "substitute_unwanted"
    status = 409
    es = "El comprador no quiere otro artículo a cambio."
    ca = "El comprador no vol cap altre article a canvi."


class NothingMissing(Refusal):
    """No units of the line wait for something else."""

    code = "nothing_missing"
    status = 409
    es = "No hay unidades de la línea que esperen otra cosa."
    ca = "No hi ha unitats de la línia que esperin una altra cosa."


class AlreadyProposed(Refusal):
    """Another article is proposed for these units already."""

    code = "substitute_already_proposed"
    status = 409
    es = "Ya se ha propuesto otro artículo para estas unidades."
    ca = "Ja s'ha proposat un altre article per a aquestes unitats."


class NotOffered(Refusal):
    """The choice is not among what can be had instead."""

    code = "choice_not_offered"
    status = 409
    es = "Eso no está entre lo que se puede obtener a cambio."
    ca = "Això no és entre el que es pot tenir a canvi."


class AddressNeeded(Refusal):
    """A delivery needs an address, and the order has none."""

    code = "address_needed"
    status = 422
    es = "Para el envío hace falta una dirección, y el pedido no tiene ninguna."
    ca = "Per a l'enviament cal una adreça, i la comanda no en té cap."


class AddressAgreed(Refusal):
    """The order has an address already; units are sent there."""

    code = "address_agreed"
    status = 409
    es = "El pedido ya tiene una dirección; las unidades se envían allí."
    ca = "La comanda ja té una adreça; les unitats s'hi envien."


class ChoiceOver(Refusal):
    """The time to choose has ended; what was not chosen is not charged."""

    code = "choice_over"
    status = 409
    es = "El plazo para elegir ha terminado; lo que no se eligió no se cobra."
    ca = "El termini per triar s'ha acabat; el que no es va triar no es cobra."
