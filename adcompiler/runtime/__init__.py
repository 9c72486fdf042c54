"""The little that generated code may call.  Depends on NumPy only; exported modules carry a copy."""
