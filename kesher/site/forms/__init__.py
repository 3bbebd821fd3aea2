"""Forms of the desk's pages about the agency, and of its first set-up."""
