"""A stand-in for Zoho CRM v8, as far as calls and leads need it."""
