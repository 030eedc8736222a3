"""Job that sends notifications."""
