"""Each operation of the document does what it is for, on a world in which everything exists."""

from tests.fuzz.conftest import Stage
from tests.fuzz.examples import examples

ALWAYS = {"x-request-id", "cache-control"}


async def test_there_is_an_example_of_every_operation_and_none_of_others(stage: Stage) -> None:
    assert sorted(examples(stage.world)) == sorted(stage.contract.operations)


async def test_every_operation_reaches_a_2xx_within_its_schema(stage: Stage) -> None:
    found = examples(stage.world)
    faults = []
    for operation in sorted(stage.contract.operations.values(), key=lambda each: each.method == "DELETE"):
        answer = await stage.sender.send(operation, found[operation.id])
        faults += stage.contract.faults(operation, answer)
        faults += [
            f"{operation.id} has no {name}"
            for name in (ALWAYS if answer.content else {"x-request-id"}) - set(answer.headers)
        ]
        if not answer.is_success:
            faults.append(f"{operation.id} {answer.status_code}: {answer.text[:600]}")
    assert not faults, "\n".join(faults)
