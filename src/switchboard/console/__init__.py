"""The web console at /console: pages of our own, from our own server, without a foreign script."""
