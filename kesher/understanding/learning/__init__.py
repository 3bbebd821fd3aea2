"""Learn from examples: the features of messages, the classifier, the topics of services, and the stored model."""
