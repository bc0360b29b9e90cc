"""Composition: mounts every slice, wires what reacts to what, runs the server and the worker. Knows all, owns no table."""
