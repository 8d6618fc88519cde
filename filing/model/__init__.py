"""Values and states. Standard library only; nothing here does I/O."""
