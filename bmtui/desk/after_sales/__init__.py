"""The after-sales inbox: folders, replies and their templates."""
