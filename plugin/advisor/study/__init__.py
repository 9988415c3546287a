"""The panel regressions of the published study."""
