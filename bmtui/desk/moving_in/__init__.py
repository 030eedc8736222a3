"""Move from another system to bmtui: checklist, imports, their undo, and the export back."""
