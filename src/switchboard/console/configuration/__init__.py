"""What the pages of the configuration show and do, apart from how they look."""
