"""How a language writes dates here, where Django's own way would mislead; Django finds each by the folder's name."""
