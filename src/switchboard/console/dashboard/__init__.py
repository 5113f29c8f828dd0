"""What the first page says: computed from the store and this process, no vendor is asked."""
