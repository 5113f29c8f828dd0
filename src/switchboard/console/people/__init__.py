"""Persons: found by number, address or name; all that is stored of each on one timeline."""
