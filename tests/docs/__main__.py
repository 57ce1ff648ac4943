"""`make docs`: the pages of docs/ that are made from the code. `tests/portal/test_docs.py` says when they are stale."""

from __future__ import annotations

import tempfile

from app import create_app
from tests.docs import pages
from tests.support.server import PROJECT, SECRETS


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(SECRETS | {"SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/none.db"})
        for path, text in pages(app).items():
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            path.write_text(text, encoding="utf-8")
            print(f"{path.relative_to(PROJECT)}: {'as it was' if text == before else 'written'}")


main()
