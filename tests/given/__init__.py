"""Worlds for tests, built through the real verbs."""
