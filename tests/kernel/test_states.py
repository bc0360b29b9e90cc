"""What a refused move says."""

from enum import StrEnum

from commerce.kernel.states import Machine


class S(StrEnum):
    COUNTING = "counting"
    WAITING = "waiting"
    BOOKED = "booked"


COUNT = Machine("count", start=S.COUNTING, moves={S.COUNTING: {S.WAITING, S.BOOKED}, S.WAITING: {S.BOOKED}})


def test_a_refused_move_says_what_can_come_instead_and_does_not_contradict_itself() -> None:
    assert (
        COUNT.refusal(S.WAITING, S.COUNTING).detail
        == "The count is waiting; it cannot become counting. From here it can become: booked."
    )
    assert (
        COUNT.refusal(S.COUNTING, S.BOOKED).detail
        == "The count is counting; this step does not make it booked. From here it can become: booked, waiting."
    )
    assert COUNT.refusal(S.BOOKED, S.BOOKED).detail.endswith("can become: nothing: this state is final.")
