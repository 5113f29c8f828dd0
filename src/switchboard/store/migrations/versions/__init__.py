"""Hold one module for each revision, named in the order they apply."""
