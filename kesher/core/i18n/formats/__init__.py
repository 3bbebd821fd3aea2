"""Date formats for languages where Django's own would mislead; Django finds each by the folder's name."""
