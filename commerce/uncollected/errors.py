"""What uncollected refuses."""

from commerce.kernel.errors import Refusal
from commerce.platform.database import refuse_on


class ExtensionNotOffered(Refusal):
    """The pickup cannot wait any longer than it does."""

    code = "extension_not_offered"
    status = 409
    es = "La recogida no puede esperar más de lo que ya espera."
    ca = "La recollida no pot esperar més del que ja espera."


class PickupOver(Refusal):
    """The time to collect the order has ended."""

    code = "pickup_over"
    status = 409
    es = "El plazo para recoger el pedido ha terminado."
    ca = "El termini per recollir la comanda s'ha acabat."


class CollectionPolicyTaken(Refusal):
    """The location and category have a policy already."""

    code = "collection_policy_taken"
    status = 409
    es = "Esta tienda y esta categoría ya tienen una política de recogida."
    ca = "Aquesta botiga i aquesta categoria ja tenen una política de recollida."


refuse_on("uq_collection_policies_for", CollectionPolicyTaken)
