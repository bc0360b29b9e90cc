"""Whether the server was told to stop. Its processes finish the requests in flight; streams never finish by themselves, so they look here.

A byte of memory that the processes inherit when they are forked, written by the main process before it tells them. Where processes are not
forked they see none of it, and a stream is cut when the time to stop is over.
"""

from multiprocessing import RawValue

_told = RawValue("b", 0)


def tell() -> None:
    """Says that the server stops; safe in a signal handler."""
    _told.value = 1


def told() -> bool:
    """Says whether it was told to."""
    return bool(_told.value)
