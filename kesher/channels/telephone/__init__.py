"""What channels that carry telephone calls share: the course of a call, its texts, and Twilio's request format."""
