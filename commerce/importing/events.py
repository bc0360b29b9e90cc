"""What others hear of imports."""

from uuid import UUID

from commerce.kernel.events import Event


class ImportFinished(Event, tag="importing.import_finished.v1"):
    """An import is over; `state` is `done`, or `stopped` where the file could not be read to its end."""

    import_id: UUID
    state: str
    created: int
    changed: int
    unchanged: int
    trouble: int

    def about(self) -> UUID:
        """Gives the import."""
        return self.import_id
