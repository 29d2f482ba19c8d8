"""The directory of missions: catalogue, check, search."""
