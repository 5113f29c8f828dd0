"""Examine an installation: facts are collected thinly and judged purely, one module a subject."""
