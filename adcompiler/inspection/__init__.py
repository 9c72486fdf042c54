"""Programs made visible: the evaluation trace, both modes side by side, source in colour."""
