"""The audit trail for people: asked for, in plain words, taken along as a file."""
