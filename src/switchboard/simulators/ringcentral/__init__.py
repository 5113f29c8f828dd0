"""A stand-in for RingCentral: README.md says what it imitates and what it does not."""
