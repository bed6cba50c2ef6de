"""Replace secrets and personal data by keyed markers."""
