"""Content of a message that becomes known after the message was stored."""
