"""Zoho Desk, API v1."""
