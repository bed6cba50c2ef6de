"""The generator: `openapi.yaml` in, `models/` and `endpoints/` out. Not shipped, and imported by nobody."""
