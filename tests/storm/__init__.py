"""Everybody at once: shoppers, staff of stores and warehouse, buyers and counters, over HTTP, at random, on the same few articles."""
