"""Apply promotions to the lines and deliveries of a basket: docs/decisions/0062-how-promotions-apply.md."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from commerce.price_engine.facts import Circumstances
from commerce.price_engine.known import Facts
from commerce.price_engine.offer import Offer, by_rank
from commerce.price_engine.priced import Applied, CodeAnswer
from commerce.price_engine.promote_lines import apply_to_lines
from commerce.price_engine.promote_plan import Plan
from commerce.price_engine.promote_rest import Worth, apply_to_deliveries, gifts, give_points
from commerce.price_engine.promote_round import Round, told
from commerce.price_engine.promote_sets import apply_to_order, apply_to_sets
from commerce.price_engine.promotion_index import PromotionIndex
from commerce.price_engine.trace import BestDeal, PromotionWhy, TraceStep
from commerce.price_engine.work import ChargeWork, GiftWork, LineWork, Passed


class Promoted(Struct, frozen=True):
    """What promotions came to, beside what they took off lines and charges."""

    gifts: tuple[GiftWork, ...] = ()
    applied: tuple[Applied, ...] = ()
    codes: tuple[CodeAnswer, ...] = ()


NOTHING_PROMOTED = Promoted()


def promote(
    lines: Sequence[LineWork],
    charges: Sequence[ChargeWork],
    currency: str,
    around: Circumstances,
    wall: datetime,
    facts: Facts,
    trace: list[TraceStep],
    *,
    worth: Worth,
    explain_all: bool = False,
) -> Promoted:
    """Applies every promotion that holds to lines in canonical order and to charges by group; changes them in place.

    `worth` says what a gift costs. `explain_all` tells of every promotion of the index why it gave nothing, and not only
    of those that the articles, the codes and the whole shop lead to.
    """
    index = facts.promotions
    if not index.all and not around.codes:
        return NOTHING_PROMOTED
    plan = Plan(lines, index, currency, around, wall)
    now = _best(plan, charges)
    trace += now.trace
    given = gifts(plan, worth)
    pointed = give_points(plan, now, trace)
    saved = now.saved | {offer: value for offer, (_, value) in given.items()} | dict.fromkeys(pointed, 0)
    why_not = _why_not(plan, now, saved)
    trace.extend(told(offer, passed) for offer, passed in why_not.items())
    trace.extend(told(*missed) for missed in now.missed if missed[0] in saved)
    if explain_all:
        every = (offer for versions in index.by_id.values() for offer in versions)
        others = sorted((offer for offer in every if offer not in plan.seen), key=by_rank)
        trace.extend(told(offer, plan.why_not(offer)) for offer in others)
    return Promoted(
        gifts=tuple(work for work, _ in given.values()),
        applied=_applied(saved, around),
        codes=_answers(index, around, saved, why_not),
    )


def _best(plan: Plan, charges: Sequence[ChargeWork]) -> Round:
    """Goes round once, and where one that tolerates no other took something, a second time without those."""
    first = _round(plan, charges, alone=True)
    if not any(offer.alone for offer in first.saved):
        return first
    works: list[LineWork | ChargeWork] = [*plan.turns, *charges]
    left_by_first = [each.result() for each in works]
    for each in works:
        each.begin_again()
    second = _round(plan, charges, alone=False)
    better = second.total > first.total
    if better:
        second.missed += [(offer, Passed("outdone"), None) for offer in first.saved if offer.alone]
        second.missed += [missed for missed in first.missed if missed[0].alone]
    else:
        for each, result in zip(works, left_by_first, strict=True):
            each.end_as(result)
    best = second if better else first
    best.trace.append(BestDeal(with_alone=first.total, without_alone=second.total))
    return best


def _round(plan: Plan, charges: Sequence[ChargeWork], *, alone: bool) -> Round:
    now = Round()
    apply_to_lines(plan, now, alone=alone)
    apply_to_sets(plan, now, alone=alone)
    apply_to_order(plan, now, alone=alone)
    apply_to_deliveries(plan, charges, now, alone=alone)
    return now


def _why_not(plan: Plan, now: Round, saved: Mapping[Offer, int]) -> dict[Offer, Passed]:
    """Says of each promotion that was looked at and gave nothing at all why: the first reason that was met."""
    found = dict(plan.passed)
    for offer, passed, _ in now.missed:
        if offer not in saved and offer not in found:
            found[offer] = passed
    return found


def _applied(saved: Mapping[Offer, int], around: Circumstances) -> tuple[Applied, ...]:
    codes: dict[UUID, str] = {}
    for code, promotion in around.codes:
        codes.setdefault(promotion, code)
    return tuple(
        Applied(
            promotion=offer.id,
            version=offer.version,
            saved=amount,
            limited=offer.limited,
            code=codes.get(offer.id),
        )
        for offer, amount in sorted(saved.items(), key=lambda each: (each[0].id.int, each[0].version))
    )


def _answers(
    index: PromotionIndex, around: Circumstances, saved: Mapping[Offer, int], why_not: Mapping[Offer, Passed]
) -> tuple[CodeAnswer, ...]:
    """Answers each code in the order in which they were offered; of two codes of one promotion the first counts."""
    answers: list[CodeAnswer] = []
    answered: set[UUID] = set()
    for code, promotion in around.codes:
        versions = index.by_id.get(promotion, ())
        gave = next((offer for offer in versions if offer in saved), None)
        why: PromotionWhy | None = None
        if promotion in answered and versions:
            why = "other_code"
        elif gave is None:
            reasons = [why_not[offer].why for offer in versions]
            why = next((each for each in reasons if each != "not_now"), "not_now")
        amount = 0 if gave is None or why is not None else saved[gave]
        answers.append(CodeAnswer(code=code, promotion=promotion, applied=why is None, saved=amount, why=why))
        answered.add(promotion)
    return tuple(answers)
