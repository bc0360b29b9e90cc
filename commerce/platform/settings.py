"""Settings: the environment first, a `.env` file second, checked once at start with errors that say what to do."""


class OperatorError(Exception):
    """Something that whoever runs the program must change; the message says what to do."""
