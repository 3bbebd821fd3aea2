"""What a provider told: messages of people are in `services.receive`, everything else is here."""
