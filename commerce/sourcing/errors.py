"""What sourcing refuses."""

from commerce.kernel.errors import FieldError, Refusal
from commerce.platform.database import refuse_on


class SourcingCodeTaken(Refusal):
    """Another sourcing rule has this code."""

    code = "sourcing_code_taken"
    status = 409
    es = "Otra regla de origen tiene este código."
    ca = "Una altra regla d'origen té aquest codi."


class SourcingRuleHolds(Refusal):
    """Another sourcing rule decides for this channel already."""

    code = "sourcing_rule_holds"
    status = 409
    es = "Otra regla de origen ya decide para este canal."
    ca = "Una altra regla d'origen ja decideix per a aquest canal."


def _code_taken() -> SourcingCodeTaken:
    return SourcingCodeTaken("Choose another code.", errors=[FieldError("/code", "Taken.")])


def _rule_holds() -> SourcingRuleHolds:
    return SourcingRuleHolds("Rewrite and publish that one, or withdraw it first.")


refuse_on("uq_sourcing_rules_code", _code_taken)
refuse_on("uq_sourcing_rules_channel_id", _rule_holds)
