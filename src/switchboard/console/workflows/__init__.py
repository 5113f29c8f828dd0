"""What the pages about chat workflows show and do."""
