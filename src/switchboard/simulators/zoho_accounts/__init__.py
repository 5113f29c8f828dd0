"""A stand-in for the accounts server that hands out Zoho tokens."""
