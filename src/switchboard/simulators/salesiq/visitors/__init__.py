"""Visitors who chat by themselves: for the demo, and for tests that need a whole conversation."""
