"""One price, whoever asks."""
