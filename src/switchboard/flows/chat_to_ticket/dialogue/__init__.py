"""The dialogue as a pure state machine: an event in, the next state, replies and effects out."""
