"""Every phone call and every chat of a business, exactly once, where its team works."""

__version__ = "0.1.0"
