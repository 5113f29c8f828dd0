"""Zoho Desk (API v1), simulated."""
