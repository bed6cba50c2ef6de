"""Additions by hand to generated resources: the jobs that take more than one call."""
