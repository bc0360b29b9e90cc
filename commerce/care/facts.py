"""What a customer can be told about an order."""

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of messages."""

    ORDER_CONFIRMED = "order_confirmed"
    READY_FOR_PICKUP = "ready_for_pickup"
    SHIPPED = "shipped"
    NOT_SUPPLIED = "not_supplied"
    ORDER_CANCELLED = "order_cancelled"
    RETURN_APPROVED = "return_approved"
    RETURN_DECLINED = "return_declined"
    REFUNDED = "refunded"
    PROMISE_MOVED = "promise_moved"
    CHOICE_WANTED = "choice_wanted"
    CHOICE_MADE = "choice_made"
    PICKUP_REMINDER = "pickup_reminder"
    PICKUP_EXTENDED = "pickup_extended"
    PICKUP_EXPIRED = "pickup_expired"
    SUBSTITUTE_PROPOSED = "substitute_proposed"
    SUBSTITUTE_TAKEN = "substitute_taken"
