"""A headless commerce backend: find, price, promise, commit, fulfil, settle, whoever asks."""

__version__ = "0.1.0"
