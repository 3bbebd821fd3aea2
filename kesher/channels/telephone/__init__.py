"""What channels that carry telephone calls share: their base, the course of a call, texts, Twilio's request format."""
