"""What the pages about reports show, worked out from rows."""
