"""What we say where everybody can read it."""
