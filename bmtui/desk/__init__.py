"""What an operator does, one plain function an action.

Each takes the `Desk` first, returns values of `desk.views` and its own module, and raises from `bmtui.errors`.
"""
