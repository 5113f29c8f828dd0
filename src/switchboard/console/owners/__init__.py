"""Who gets new leads: the form of an office's owners and rules, and what it would have done."""
