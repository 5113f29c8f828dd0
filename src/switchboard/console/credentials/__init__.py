"""Credentials in the console: what is known of each, and how new ones go in."""
