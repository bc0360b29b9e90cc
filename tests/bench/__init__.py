"""Measurements: each row against its floor, in the same run, on the same machine."""
