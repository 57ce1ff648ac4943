"""`render(paper)`: a paper as PDF/A-3u, the same bytes for the same paper, fonts and library versions.

One warm renderer per process behind a lock: WeasyPrint's font configuration shared between threads corrupts the
heap. The portal has its papers laid out in a process of its own (`worker.py`), which is killed when it is slow.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import json
import logging
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.documents import fontpack, grid, text
from app.documents.paper import Annex, Cell, Format, Paper

log = logging.getLogger("portal.documents")
PAPERS = Path(__file__).with_name("papers")
BEIJING = dt.timezone(dt.timedelta(hours=8))  # a time without a zone is Beijing time
TITLE = 19.8  # characters of 2号 on a line
MAX_ROWS, MAX_LINES, MAX_ITEMS = 80, 1000, 60


class FontsMissing(RuntimeError):
    """There is no font pack; the message says how to build it."""


class TooManyPages(RuntimeError):
    """The paper would have more than `text.MAX_PAGES` pages."""


def render(paper: Paper) -> bytes:
    """The paper as a tagged PDF/A-3u file, `paper.data` attached as letter.json. Raises FontsMissing, TooManyPages."""
    with _LOCK:
        return _renderer().pdf(paper)


def warm() -> None:
    """Load the engine and the fonts, so that the first paper does not wait for them. Raises FontsMissing."""
    with _LOCK:
        _renderer().pdf(Paper(Format.LETTER, "公文", "机关"))


_LOCK = threading.Lock()


@lru_cache
def _folders() -> tuple[Path, ...]:
    out = fontpack.default_dir()
    folders = tuple(fontpack.pack_dirs(out))
    if not folders:
        _folders.cache_clear()
        raise FontsMissing(
            f"no font pack in {out}: build it with 'python -m app.documents.fontpack --minimal'"
        )
    own = fontpack.own_dir(out)
    if own is not None and own not in folders:
        log.warning(
            "%s holds fonts that are not in use yet: run 'python -m app.documents.fontpack'", out / "own"
        )
    return folders


@lru_cache
def _drawn() -> frozenset[int]:
    return fontpack.coverage(list(_folders()))


@lru_cache
def _renderer() -> _Renderer:
    return _Renderer(_folders(), _drawn())


class _Renderer:
    def __init__(self, folders: tuple[Path, ...], drawn: frozenset[int]) -> None:
        self.folders, self.drawn = folders, drawn
        with _only_fonts_of(folders):
            import weasyprint  # here, because it reads the font configuration when imported
            from weasyprint.text.fonts import FontConfiguration

            from app.documents import pictures, weasy70

            weasy70.apply()
            self.fonts = FontConfiguration()
        self.weasyprint, self.pictures = weasyprint, pictures
        # Second line of defence behind autoescaping: nothing is ever fetched, from disk or net.
        self.fetcher = weasyprint.URLFetcher(allowed_protocols=["data"], allow_redirects=False)
        self.pages = Environment(
            loader=FileSystemLoader(PAPERS), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        self.pages.filters.update(
            brk=text.breakable,
            paragraphs=text.paragraphs,
            width=text.width,
            day=_day,
            mm=lambda x: f"{x:.3f}mm",
            svg=lambda picture: f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}",
        )
        self.base = self._style("base.css")
        self.styles = {kind: self._style("paper.css", f"{kind.value}.css") for kind in Format}

    def _style(self, *names: str) -> Any:
        css = "".join((PAPERS / name).read_text("utf-8") for name in names)
        return self.weasyprint.CSS(string=css, font_config=self.fonts, url_fetcher=self.fetcher)

    def pdf(self, paper: Paper) -> bytes:
        paper = self._prepared(paper)
        data = json.dumps(
            dict(paper.data), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
        )
        letter = self.weasyprint.Attachment(
            string=data.encode("utf-8", "backslashreplace"), name="letter.json", relationship="Data",
            description="The fields this paper was made from", created=paper.created, modified=paper.created,
        )  # fmt: skip
        options = {
            "pdf_variant": "pdf/a-3u",
            "pdf_tags": True,
            "attachments": [letter] if paper.data else None,
        }
        return bytes(self._laid_out(paper, options).write_pdf(**options))

    def _prepared(self, paper: Paper) -> Paper:
        """Every text fit for printing, the title broken, what is annexed named, its moment in UTC."""
        if text.too_long(paper.body):
            raise TooManyPages("the text alone")
        paper = self.cleaned(paper)
        created = paper.created if paper.created.tzinfo else paper.created.replace(tzinfo=BEIJING)
        return dataclasses.replace(
            paper,
            created=created.astimezone(dt.UTC),
            title=text.titled(paper.title, TITLE),
            attachments=paper.attachments or tuple(annex.title for annex in paper.annexes),  # 7.3.4
        )

    def _laid_out(self, paper: Paper, options: dict[str, Any]) -> Any:
        ready = {}  # pictures by what the page names them
        if paper.verify_url:
            ready[self.pictures.qr_address(paper.verify_url)] = self.pictures.qr_code(paper.verify_url)
        if paper.seal_image:
            ready[paper.seal_image] = self.pictures.seal(paper.seal_image)
        page = self.pages.get_template(f"{paper.format.value}.html").render(
            p=paper, grid=grid, mark=self._mark(paper), end=_end(paper),
            qr=self.pictures.qr_address(paper.verify_url) if paper.verify_url else "",
        )  # fmt: skip
        html = self.weasyprint.HTML(string=page, url_fetcher=self.fetcher, base_url=None)
        html._ua_stylesheets = lambda _forms: [self.base]
        styles = [self.styles[paper.format]]
        document = html.render(font_config=self.fonts, stylesheets=styles, cache=ready, **options)
        if len(document.pages) > text.MAX_PAGES:
            raise TooManyPages(f"{len(document.pages)} pages")
        return document

    def cleaned(self, paper: Paper) -> Paper:
        """The paper with every text fit for printing."""
        return _map_texts(paper, self._fit)

    def _fit(self, name: str, value: str) -> str:
        limit = {"body": text.MAX_BODY, "value": text.MAX_CELL, "copies_to": 600, "note": 2000}
        return text.printable(value, limit.get(name, text.MAX_LINE), self.drawn)

    def _mark(self, paper: Paper) -> grid.Mark | None:
        ends = {Format.LETTER: "", Format.DOCUMENT: "文件", Format.MINUTES: "纪要"}
        if paper.format not in ends:
            return None
        words = paper.mark or paper.organ.removesuffix(ends[paper.format]) + ends[paper.format]
        return grid.mark(words, paper.format.value, self.folders)


def _map_texts(value: Any, fit: Any, name: str = "") -> Any:
    """`value` with `fit(field name, text)` over every text in it, long lists cut."""
    if isinstance(value, Format) or name in ("data", "seal_image", "pictures"):
        return value
    if isinstance(value, str):
        return fit(name, value) if type(value) is str else value
    if isinstance(value, tuple):
        limit = {"rows": MAX_ROWS, "lines": MAX_LINES}.get(name, MAX_ITEMS)
        return tuple(_map_texts(item, fit, name) for item in value[:limit])
    if isinstance(value, Paper | Annex | Cell):
        fields = dataclasses.fields(value)
        return dataclasses.replace(
            value, **{f.name: _map_texts(getattr(value, f.name), fit, f.name) for f in fields}
        )
    return value


@dataclasses.dataclass(frozen=True)
class _End:
    """署名 and 成文日期: `wide` is their block, `right` its indent, `shift` that of the date in it, in
    characters."""

    organ: str
    date: str
    wide: float
    right: float
    shift: float
    seal_place: str = ""


def _end(paper: Paper) -> _End:
    """GB/T 9704 7.3.5: with a seal the date ends 4 characters from the right, the organ is centred over it;
    without one the organ ends 2 from the right and the date begins 2 to the right of the organ."""
    organ = paper.signature or paper.organ
    date = _day(paper.date) if paper.date else ""
    first, second = text.width(organ), text.width(date)
    if paper.seal:
        beyond = max(0.0, first - second) / 2
        return _End(organ, date, max(first, second), max(0.0, 4 - beyond), 0, _pressed(paper.seal_size))
    return _End(organ, date, max(first, second + 2), 2, 2)


def _pressed(size: int) -> str:
    """The seal's place in the block of name and date, whose characters end LEADING inside it: centred on it and, as
    both stand a little below the seal's centre, SEAL_LIFT above; its upper edge is then within a line of the body."""
    top = grid.LINE - grid.SEAL_LIFT - size / 2
    return f"width:{size}mm;height:{size}mm;left:50%;margin-left:{-size / 2:.3f}mm;top:{top:.3f}mm"


def _day(date: dt.date) -> str:
    return f"{date.year}年{date.month}月{date.day}日"


@contextmanager
def _only_fonts_of(folders: tuple[Path, ...]) -> Iterator[None]:
    """While WeasyPrint sets itself up, fontconfig knows the pack and nothing else: no system font slips in."""
    before = os.environ.get("FONTCONFIG_FILE")
    with tempfile.TemporaryDirectory() as scratch:
        conf = Path(scratch) / "fonts.conf"
        dirs = "".join(f"<dir>{folder}</dir>" for folder in folders)
        conf.write_text(f"<?xml version='1.0'?><fontconfig>{dirs}<cachedir>{scratch}</cachedir></fontconfig>")
        os.environ["FONTCONFIG_FILE"] = str(conf)
        try:
            yield
        finally:
            os.environ.pop("FONTCONFIG_FILE")
            if before is not None:
                os.environ["FONTCONFIG_FILE"] = before
