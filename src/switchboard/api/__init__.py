"""The HTTP door: SalesIQ and Zoho Desk deliver here, programs ask, people decide by links."""
