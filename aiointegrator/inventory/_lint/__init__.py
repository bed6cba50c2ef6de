"""Rules that find problems and risks in an inventory."""
