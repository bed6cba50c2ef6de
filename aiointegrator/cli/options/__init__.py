"""Option groups that commands share: connection, redaction, paths."""
