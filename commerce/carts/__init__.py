"""Carts: what somebody wants, how it should reach them, and what stands in the way."""
