"""After-sales inbox: folders, replies and their templates."""
