"""What the pages about calls show."""
