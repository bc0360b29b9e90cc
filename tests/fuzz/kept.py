"""Worlds that were built, by the address of their server: one for a process, however many folders of tests load the fixture."""

from tests.fuzz.world import World

KEPT: dict[str, World] = {}
