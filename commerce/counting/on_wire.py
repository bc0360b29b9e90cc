"""From counts to their answers, articles named in a language."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from commerce.catalog import ArticleName, called
from commerce.counting.count_schemas import (
    CountLineOut,
    CountOut,
    DifferenceOut,
    DifferencesOut,
    ScanOut,
    ScansOut,
)
from commerce.counting.facts import Count, CountState
from commerce.counting.scan import Answer

Names = Mapping[UUID, ArticleName]


def count_out(count: Count, names: Names, language: str) -> CountOut:
    """Gives a count as its counters see it."""
    return CountOut(
        id=count.id,
        number=count.number,
        location_id=count.location_id,
        kind=count.kind,
        category_id=count.category_id,
        after_variant_id=count.after_variant_id,
        through_variant_id=count.through_variant_id,
        state=count.state,
        round=count.round,
        note=count.note,
        opened_by=count.opened_by,
        submitted_by=count.submitted_by,
        opened_at=count.opened_at,
        submitted_at=count.submitted_at,
        closed_at=count.closed_at,
        version=count.version,
        lines=[
            CountLineOut(
                variant_id=line.variant_id,
                **called(line.variant_id, names, language),
                round=line.round,
                counted=line.counted,
                to_count=line.round == count.round and count.state in {CountState.COUNTING, CountState.RECOUNTING},
            )
            for line in count.lines
        ],
    )


def differences_out(count: Count, names: Names, language: str) -> DifferencesOut:
    """Gives a count as those who approve see it."""
    return DifferencesOut(
        count_id=count.id,
        state=count.state,
        round=count.round,
        recount_beyond=count.recount_beyond,
        approve_beyond=count.approve_beyond,
        units_off=count.units_off,
        decided_by=count.decided_by,
        lines=[
            DifferenceOut(
                variant_id=line.variant_id,
                **called(line.variant_id, names, language),
                round=line.round,
                counted=line.counted,
                expected=line.expected,
                difference=line.difference,
                position=line.position,
                moved_meanwhile=line.moved_meanwhile,
                outcome=line.outcome,
                booked=line.booked,
                short=line.short,
            )
            for line in count.lines
        ],
    )


def scans_out(count: Count, answers: Sequence[Answer], names: Names, language: str) -> ScansOut:
    """Gives what became of scans."""
    return ScansOut(
        count_id=count.id,
        round=count.round,
        uncounted=sum(line.round == count.round and line.counted is None for line in count.lines),
        scans=[
            ScanOut(
                id=each.id,
                taken=each.taken,
                variant_id=each.variant_id,
                **called(each.variant_id, names, language),
                counted=each.counted,
            )
            for each in answers
        ],
    )
