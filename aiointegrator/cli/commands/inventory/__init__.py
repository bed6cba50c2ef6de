"""The commands below inventory."""
