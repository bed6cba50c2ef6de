"""One module for each command, nested as on the command line."""
