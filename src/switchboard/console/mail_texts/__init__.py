"""The texts of the mails of chats: drafts, examples, and a mail to try them."""
