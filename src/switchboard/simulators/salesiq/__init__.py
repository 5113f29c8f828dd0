"""A stand-in for Zoho SalesIQ: a portal with a bot, its REST API and a visitor's chat page."""
