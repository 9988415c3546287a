"""Figures as people write and read them: ``writing`` shows them in the reader's locale, ``reading`` takes typed ones."""
