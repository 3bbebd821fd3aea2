"""What is done with the posts of one batch before they are stored, and what is remembered from batch to batch."""
