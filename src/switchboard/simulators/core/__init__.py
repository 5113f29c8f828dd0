"""What all stand-ins share: time, chance, faults, the request log and the control door."""
