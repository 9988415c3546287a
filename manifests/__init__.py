"""The declarations: data only, read through plugin.manifest."""
