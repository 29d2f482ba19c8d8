"""Coordinate lawful, peaceful protests at many missions on one day."""

__version__ = "0.1.0"
