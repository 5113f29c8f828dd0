"""The addresses, by who uses them: each parses, calls one flow, and shows the result."""
