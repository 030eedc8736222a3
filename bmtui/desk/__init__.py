"""Actions of an operator, a plain function each.

Each takes the `Desk` first, returns values of `desk.views` and its own module, and raises from `bmtui.errors`.
"""
