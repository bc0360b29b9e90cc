"""Whatever comes, in whatever order and however often: no money is made, none is lost, and no state goes back."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings, strategies as st

from commerce.kernel.errors import Refusal
from commerce.kernel.ids import OrderId, PaymentId, new_id
from commerce.kernel.money import Money
from commerce.payments import (
    Cause,
    EntryKind,
    Part,
    PartState,
    Payment,
    PaymentState,
    RefundState,
    capture_rules,
    refund_rules,
    rules,
)
from commerce.payments.acts import Now, acts
from commerce.payments.change import Change
from commerce.payments.facts import PartId
from commerce.payments.ports import (
    Absent,
    ActionRequired,
    AuthenticationRequired,
    Authorized,
    Captured,
    Declined,
    IntentOutcome,
    Processing,
    RefundDone,
    RefundOutcome,
    RefundPending,
    RefundRefused,
    Refused,
    Unknown,
    Voided,
)

AT = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
AMOUNTS = (1000, 700, 300)
OPEN = {PartState.INTENDED, PartState.UNKNOWN, PartState.ACTION_REQUIRED, PartState.PROCESSING}
Step = Callable[[Change], None]


def fresh(parts: int) -> Payment:
    """A card payment that was just intended."""
    return Payment(
        id=PaymentId(new_id()),
        order_id=OrderId(new_id()),
        shopper_id=None,
        kind="card",
        currency="EUR",
        amount=sum(AMOUNTS[:parts]),
        state=PaymentState.INTENDED,
        payment_method="pm_card_visa",
        return_url=None,
        customer_ref="cus_1",
        method_ref=None,
        created_at=AT,
        updated_at=AT,
        parts=tuple(
            Part(
                id=PartId(new_id()),
                group_id=new_id(),
                position=n,
                amount=AMOUNTS[n],
                on_session=n == 0,
                sent_at=AT if n == 0 else None,
                due_at=AT if n == 0 else None,
            )
            for n in range(parts)
        ),
    )


def outcomes(part: Part, other: bool, taken: int) -> list[IntentOutcome]:
    """Everything that a provider could say of a part, sensible or not."""
    intent = f"pi_{part.id}" if not other else "pi_other"
    money, captured = Money(part.amount, "EUR"), Money(min(taken, part.amount), "EUR")
    return [
        Authorized(intent=intent, money=money, method="pm_kept"),
        Authorized(intent=intent, money=money, method="pm_kept", multicapture=True),
        Authorized(intent=intent, money=Money(part.amount + 1, "EUR")),
        Authorized(intent=intent, money=None),
        ActionRequired(intent=intent, money=money, url="https://bank.example.com/ask"),
        AuthenticationRequired(intent=intent),
        Processing(intent=intent),
        Declined(intent=intent, code="card_declined"),
        Declined(intent=None, code="resource_missing"),
        Captured(intent=intent, money=money, captured=captured, final=True),
        Captured(intent=intent, money=money, captured=captured, final=False, multicapture=True),
        Captured(intent=intent, money=money, captured=Money(part.amount + 5, "EUR"), final=True),
        Voided(intent=intent),
        Absent(),
        Unknown(reason="lost"),
        Refused(code="no"),
    ]


def refund_outcomes(amount: int) -> list[RefundOutcome]:
    """Everything that a provider could say of a refund."""
    money = Money(amount, "EUR")
    return [
        RefundPending(refund="re_1", money=money),
        RefundDone(refund="re_1", money=money),
        RefundDone(refund="re_1", money=Money(amount + 1, "EUR")),
        RefundRefused(refund="re_1", code="expired"),
        RefundRefused(refund=None, code="no"),
        Absent(),
        Unknown(reason="lost"),
    ]


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """One thing that may happen to a payment."""
    kind = draw(st.sampled_from(["news", "news", "news", "capture", "void", "refund", "refund_news", "outside"]))
    which, choice, amount = draw(st.integers(0, 9)), draw(st.integers(0, 99)), draw(st.integers(1, 1100))
    other = draw(st.integers(0, 19)) == 0

    def step(change: Change) -> None:
        part = change.payment.parts[which % len(change.payment.parts)]
        match kind:
            case "news":
                said = outcomes(part, other, amount)
                rules.settle_part(change, part, said[choice % len(said)])
            case "capture":
                capture_rules.intended(change, part.group_id, Money(amount, "EUR"), f"capture:{new_id()}")
            case "void":
                rules.give_up(change, part, "void:1")
                rules.conclude(change)
            case "refund":
                for each, share in refund_rules.spread(change.payment.parts, amount):
                    refund_rules.intended(change, each, share, Cause(kind="x"), f"refund:{new_id()}")
            case "refund_news" if change.payment.refunds:
                refund = change.payment.refunds[which % len(change.payment.refunds)]
                of_refund = refund_outcomes(refund.amount)
                refund_rules.settle_refund(change, refund, of_refund[choice % len(of_refund)])
            case _:
                news = RefundDone(refund=f"re_{new_id()}", money=Money(amount, "EUR"))
                refund_rules.from_outside(change, part, news.refund, news)

    return step


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 3), st.lists(steps(), max_size=40))
def test_no_order_of_events_breaks_the_books(parts: int, happenings: list[Step]) -> None:
    payment = fresh(parts)
    booked: dict[tuple[PartId, EntryKind], int] = defaultdict(int)
    keys: set[str] = set()
    for n, happen in enumerate(happenings):
        change = Change(payment, AT + timedelta(minutes=n))
        try:
            happen(change)
        except (Refusal, refund_rules.NewsTooEarly):
            continue
        for entry in change.entries:
            assert entry.effect_key not in keys
            keys.add(entry.effect_key)
            booked[entry.part_id, entry.kind] += entry.amount
        change.facts()
        never_back(payment, change.payment)
        payment = change.payment
        for part in payment.parts:
            sound(payment, part, booked)
        list(acts(payment, Now(change.at, eager=True, look=True)))


def never_back(before: Payment, after: Payment) -> None:
    """What has ended has ended; what was taken stays taken."""
    ended = {PaymentState.DECLINED, PaymentState.MISMATCH, PaymentState.SUPERSEDED, PaymentState.VOIDED}
    if before.state in ended:
        assert after.state is before.state
    if before.state is PaymentState.AUTHORIZED:
        assert after.state in {PaymentState.AUTHORIZED, PaymentState.VOIDED}
    for part in before.parts:
        now = after.part(part.id)
        assert now.captured >= part.captured
        assert now.authorized >= part.authorized
        assert now.voided >= part.voided
        if part.state not in OPEN:
            assert now.state not in OPEN


def sound(payment: Payment, part: Part, booked: dict[tuple[PartId, EntryKind], int]) -> None:
    """What the constraints and the audit demand of a part."""
    assert part.authorized in {0, part.amount}
    assert 0 <= part.refunded <= part.captured
    assert part.captured + part.voided <= part.authorized
    assert part.refunding >= 0
    assert (part.state is PartState.ACTION_REQUIRED) == (part.next_action_url is not None)
    assert part.authorized == booked[part.id, EntryKind.AUTHORIZED]
    assert part.captured == booked[part.id, EntryKind.CAPTURED]
    assert part.voided == booked[part.id, EntryKind.VOIDED]
    assert part.refunded == booked[part.id, EntryKind.REFUNDED] - booked[part.id, EntryKind.REFUND_FAILED]
    its = [refund for refund in payment.refunds if refund.part_id == part.id]
    under_way = {RefundState.PENDING, RefundState.SUCCEEDED}
    assert part.refunded == sum(refund.amount for refund in its if refund.state in under_way)
    assert part.refunding == sum(refund.amount for refund in its if refund.state is RefundState.INTENDED)
    captures = [each for each in payment.captures if each.part_id == part.id and each.state.value == "captured"]
    assert part.captured == sum(each.amount for each in captures)
    if part.state in OPEN:
        assert part.authorized == 0
    if part.state is PartState.AUTHORIZED:
        assert part.held > 0
    if part.state is PartState.CAPTURED:
        assert part.captured > 0
        assert part.held == 0
    if part.held and payment.state not in {PaymentState.AUTHORIZED} | _open_states():
        assert part.due_at is not None


def _open_states() -> set[PaymentState]:
    return {PaymentState.INTENDED, PaymentState.UNKNOWN, PaymentState.ACTION_REQUIRED, PaymentState.PROCESSING}
