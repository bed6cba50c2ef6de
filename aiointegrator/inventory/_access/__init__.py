"""Who may do what on an integration, and who may change what uses a record."""
