"""What the pages of chats and tickets show, worked out without a page."""
