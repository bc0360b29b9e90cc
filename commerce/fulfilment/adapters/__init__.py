"""Who makes labels."""
