"""What waits for a person, by cause: found in the store and in this process, counted, taken up."""
