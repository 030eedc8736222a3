"""Orders of the practice marketplace: seeds, lists, and what a seller may do to one."""
