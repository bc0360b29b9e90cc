"""How the program runs: database, outbox, jobs, idempotency, HTTP manners, settings, mail, telemetry. Knows no trade."""
