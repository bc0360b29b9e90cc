"""What customers refuses."""

from commerce.kernel.errors import FieldError, Refusal
from commerce.platform.database import refuse_on


class CustomerGroupCodeTaken(Refusal):
    """There is a customer group with this code already."""

    code = "customer_group_code_taken"
    status = 409
    es = "Ya existe un grupo de clientes con este código."
    ca = "Ja hi ha un grup de clients amb aquest codi."


def _taken() -> CustomerGroupCodeTaken:
    return CustomerGroupCodeTaken("Choose another code.", errors=[FieldError("/code", "Taken.")])


refuse_on("uq_customer_groups_code", _taken)
