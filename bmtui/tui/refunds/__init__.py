"""The dialogs of Issue Refund."""
