"""What somebody meant by a short message: verbs, things, answers and situations, in one ranked list."""
