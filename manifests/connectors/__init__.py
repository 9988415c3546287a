"""One JSON file per connector; a package so that the files are installed with it."""
