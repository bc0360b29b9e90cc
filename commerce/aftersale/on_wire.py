"""From a return to its answer."""

from commerce.aftersale.facts import Return, ReturnLine
from commerce.aftersale.schemas import ReturnDeliveryOut, ReturnLineOut, ReturnOut


def return_out(shown: Return, language: str) -> ReturnOut:
    """Gives the answer for a return, its titles in a language."""
    return ReturnOut(
        id=shown.id,
        number=shown.number,
        order_id=shown.order_id,
        order_number=shown.order_number,
        kind=shown.kind,
        state=shown.state,
        reason=shown.reason,
        lines=[_line(shown, line, language) for line in shown.lines],
        deliveries=[
            ReturnDeliveryOut(group_id=each.group_id, total=shown.money(each.total), tax=shown.money(each.tax))
            for each in shown.deliveries
        ],
        amount=shown.money(shown.amount),
        refund_amount=None if shown.refund_amount is None else shown.money(shown.refund_amount),
        refunded=shown.money(shown.refunded),
        location_id=shown.location_id,
        decline_reason=shown.decline_reason,
        override_reason=shown.override_reason,
        requested_at=shown.requested_at,
        received_at=shown.received_at,
        closed_at=shown.closed_at,
        version=shown.version,
    )


def _line(shown: Return, line: ReturnLine, language: str) -> ReturnLineOut:
    return ReturnLineOut(
        id=line.id,
        order_line_id=line.order_line_id,
        variant_id=line.variant_id,
        sku=line.sku,
        title=line.title.said(language),
        option_text=line.option_text,
        quantity=line.quantity,
        received=line.received,
        accepted=line.accepted,
        restocked=line.restocked,
        quarantined=line.quarantined,
        destroyed=line.destroyed,
        rejected=line.rejected,
        total=shown.money(line.total),
        tax=shown.money(line.tax),
        kind=line.kind,
        of_line_id=line.of_line_id,
    )
