"""The other end of `worker.py`: reads papers from its standard input, writes PDFs to its standard output.

Run as a file, not as a module: the package `app` would load the whole portal, which laying out a paper does not need.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import resource
import select
import struct
import sys
import types
from pathlib import Path
from typing import Any, BinaryIO


def _only_documents() -> None:
    """Make `app` and `app.documents` importable without running `app/__init__.py`."""
    here = Path(__file__).resolve().parent
    package = types.ModuleType("app")
    package.__path__ = [str(here.parent)]
    sys.modules["app"] = package
    sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != here]


def _answer(render: Any, what: str, papers: Any) -> tuple[str, Any]:
    try:
        return "", render.render(papers) if what == "print" else _joined(papers)
    except render.FontsMissing as fault:
        return "fonts", str(fault)
    except render.TooManyPages as fault:
        return "pages", str(fault)
    except MemoryError:
        return "memory", "out of memory"
    except Exception as fault:
        return "fault", f"{type(fault).__name__}: {fault}"


def _joined(papers: list[bytes]) -> bytes:
    from app.documents.joined import joined  # its library is not needed for a single paper

    return joined(papers)


def serve(asked: BinaryIO, answers: BinaryIO, idle: int) -> None:
    """Until the asking end is closed, or nothing was asked for `idle` seconds (0: for ever)."""
    from app.documents import render

    with contextlib.suppress(render.FontsMissing):  # said with the first paper
        render.warm()
    gc.collect()
    gc.freeze()
    gc.disable()  # a paper leaves rings behind; they are cleared away while nobody waits
    while select.select([asked], [], [], idle or None)[0] and (head := asked.read(8)):
        what, papers = pickle.loads(asked.read(struct.unpack(">Q", head)[0]))
        content = pickle.dumps(_answer(render, what, papers), protocol=5)
        answers.write(struct.pack(">Q", len(content)) + content)
        answers.flush()
        gc.collect()


if __name__ == "__main__":
    limit = int(sys.argv[1]) << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    _only_documents()
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # what a library prints does not go between the answers
        serve(sys.stdin.buffer, out, int(sys.argv[2]))
