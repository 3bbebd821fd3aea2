"""The made-up municipality of the demo: tables of words, and pictures drawn by the program itself. No writes here."""
