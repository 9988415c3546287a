"""Ralph with its file backend, whose two faults are lifted: it appends (else the second POST is a 500), and it finds by verb.

Runs inside .venv-ralph only; our own environment never imports Ralph.
"""

from ralph.backends.data.base import BaseOperationType
from ralph.backends.data.fs import FSDataBackend
from ralph.backends.lrs.fs import FSLRSBackend

FSDataBackend.default_operation_type = BaseOperationType.APPEND


def _as_text(original):
    return staticmethod(lambda filters, iri, *rest: original(filters, getattr(iri, "root", iri), *rest))


for name in ("_add_filter_by_verb", "_add_filter_by_activity"):
    setattr(FSLRSBackend, name, _as_text(getattr(FSLRSBackend, name)))

from ralph.api import app  # noqa: E402, F401 - uvicorn looks for it, and it must load after the changes above
