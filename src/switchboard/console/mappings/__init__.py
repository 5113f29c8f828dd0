"""How call data becomes the fields of a lead: the form, and a call shown with it."""
