"""Rights: what a token carries is never more than its holder has at any of the token's places."""

from uuid import UUID

from hypothesis import given, strategies as st

from commerce.identity.rights import Binding, effective

PLACES = [UUID(int=number) for number in range(1, 4)]
ROLES = [UUID(int=number) for number in range(10, 14)]
SCOPES = ["carts", "quotes", "stock:read", "stock:adjust"]

BINDINGS = st.lists(
    st.builds(
        Binding,
        role_id=st.sampled_from(ROLES),
        role=st.just("custom"),
        location_id=st.sampled_from([None, *PLACES]),
        scopes=st.frozensets(st.sampled_from(SCOPES)),
    ),
    max_size=5,
)


def held_at(bindings: list[Binding], place: UUID) -> frozenset[str]:
    return frozenset().union(*(each.scopes for each in bindings if each.location_id in {None, place}))


@given(BINDINGS)
def test_each_scope_of_a_token_is_held_at_each_of_its_places(bindings: list[Binding]) -> None:
    rights = effective(bindings)

    elsewhere = UUID(int=99)  # stands for every place that no binding names
    places = [*PLACES, elsewhere] if rights.locations is None else rights.locations
    assert all(rights.scopes <= held_at(bindings, place) for place in places)
    if not bindings:
        assert (rights.scopes, rights.locations) == (frozenset(), frozenset())


@given(BINDINGS, st.sampled_from(PLACES))
def test_a_token_for_one_place_carries_all_that_is_held_there(bindings: list[Binding], place: UUID) -> None:
    rights = effective(bindings, place)

    assert (rights.scopes, rights.locations) == (held_at(bindings, place), frozenset([place]))


def test_a_role_here_and_another_there_do_not_add_up() -> None:
    bindings = [
        Binding(ROLES[0], "custom", PLACES[0], frozenset({"carts", "stock:adjust"})),
        Binding(ROLES[1], "custom", PLACES[1], frozenset({"carts", "quotes"})),
    ]

    assert effective(bindings).scopes == {"carts"}
    assert effective(bindings, PLACES[0]).scopes == {"carts", "stock:adjust"}
    assert effective(bindings, PLACES[2]).scopes == frozenset()


def test_what_is_of_the_whole_shop_is_held_at_no_single_place() -> None:
    manager = Binding(ROLES[0], "custom", PLACES[0], frozenset({"carts", "prices:write", "events:read"}))
    clerk = Binding(ROLES[1], "custom", None, frozenset({"quotes"}))

    assert effective([manager]).scopes == {"carts"}
    assert effective([manager, clerk], PLACES[0]).scopes == {"carts", "quotes"}
    everywhere = Binding(ROLES[0], "custom", None, frozenset({"carts", "prices:write", "events:read"}))
    assert effective([everywhere, clerk], PLACES[0]).scopes == {"carts", "prices:write", "events:read", "quotes"}
    assert "catalog:write" not in effective([Binding(ROLES[2], "administrator", PLACES[0], frozenset())]).scopes
    assert "catalog:write" in effective([Binding(ROLES[2], "administrator", None, frozenset())]).scopes


def test_a_built_in_role_holds_what_the_program_says_whatever_its_row_says() -> None:
    bound = Binding(ROLES[0], "warehouse_operator", None, frozenset({"staff:manage"}))

    assert "staff:manage" not in effective([bound]).scopes
    assert "fulfilment:work" in effective([bound]).scopes
