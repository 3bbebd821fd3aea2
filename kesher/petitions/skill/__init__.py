"""What conversations say about petitions: before and after signing, and what people ask about one."""
