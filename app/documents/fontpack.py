"""Builds the font pack: the faces the paper engine draws with, made from Debian's packages.

    python -m app.documents.fontpack [--out DIR] [--minimal] [--debs DIR]

Why not the packages' own files: WeasyPrint writes glyph ids as CIDs, so a CID-keyed CFF subset shows wrong or
blank glyphs in strict viewers; every family has other vertical metrics, so a rare name would move its line; and
the subset in each PDF keeps all glyph ids up to the highest used. So every face becomes TrueType, in one metric
box (.88 / -.12 em), with the commonest characters first.

`DIR` afterwards: `base-<recipe>/` (GB 2312, 通用规范汉字表, GB 18030 level 2, everything LXGW WenKai adds for names),
`rest-<recipe>/` (CJK extensions B to H; the full build only), `own-<digest>/` (made from the office's licensed
fonts in `DIR/own/`, which come first in the chain). Safe to run twice and twice at once; never half there.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from app.documents.fontfaces import (
    BASE,
    RECIPE,
    REST,
    Face,
    build_face,
    own_faces,
    table_of_general_characters,
)

PROJECT = Path(__file__).resolve().parents[2]


class PackError(RuntimeError):
    """The pack cannot be built here; the message says what to do."""


def default_dir() -> Path:
    """`FONTS_DIR`, or `instance/fonts` under the project root."""
    return Path(os.environ.get("FONTS_DIR") or PROJECT / "instance" / "fonts")


def base_dir(out: Path) -> Path:
    return out / f"base-{RECIPE}"


def rest_dir(out: Path) -> Path:
    return out / f"rest-{RECIPE}"


def own_dir(out: Path) -> Path | None:
    """Where the pack made from `out/own/` belongs; None when the office dropped no font there."""
    files = own_files(out)
    if not files:
        return None
    digest = hashlib.sha256(RECIPE.encode())
    for file in files:
        digest.update(f"{file.name}\0{file.stat().st_size}\0".encode())
    return out / f"own-{digest.hexdigest()[:10]}"


def own_files(out: Path) -> list[Path]:
    return sorted(f for f in (out / "own").glob("*") if f.suffix.lower() in {".ttf", ".otf", ".ttc"})


def complete(folder: Path) -> bool:
    return (folder / "stamp.json").is_file()


def pack_dirs(out: Path) -> list[Path]:
    """The finished parts of the pack in `out`, the office's own first; empty when the base is missing."""
    if not complete(base_dir(out)):
        return []
    own = own_dir(out)
    return [d for d in (own, base_dir(out), rest_dir(out)) if d is not None and complete(d)]


def coverage(folders: list[Path]) -> frozenset[int]:
    """Every code point that one of these parts of the pack draws."""
    return frozenset(
        code
        for folder in folders
        for ranges in json.loads((folder / "stamp.json").read_text())["drawn"].values()
        for first, last in ranges
        for code in range(first, last + 1)
    )


def build(out: Path, *, minimal: bool = False, debs: Path | None = None) -> list[Path]:
    """Bring `out` up to date and return the parts built now (none: everything was there already)."""
    wanted: dict[Path, tuple[Face, ...]] = {base_dir(out): BASE}
    if not minimal:
        wanted[rest_dir(out)] = REST
    own = own_dir(out)
    if own is not None:
        wanted[own] = own_faces(own_files(out))
    if all(complete(folder) for folder in wanted):
        return []
    out.mkdir(parents=True, exist_ok=True)
    built = []
    with _locked(out), tempfile.TemporaryDirectory(prefix=".building-", dir=out) as scratch:
        sources = Sources(Path(scratch) / "sources", debs)
        for folder, faces in wanted.items():
            if not complete(folder):  # asked again: another process may have built it while we waited
                _build_part(faces, folder, Path(scratch), sources)
                built.append(folder)
        _drop_old(out, keep=set(wanted) | {base_dir(out), rest_dir(out)})
    return built


def _build_part(faces: tuple[Face, ...], folder: Path, scratch: Path, sources: Sources) -> None:
    part = scratch / folder.name
    part.mkdir()
    unihan = sources.file("unicode-data", "usr/share/unicode/Unihan_OtherMappings.txt.bz2")
    jobs = [(face, sources.file(face.package, face.member), part / f"{face.file}.ttf") for face in faces]
    drawn = {}
    with ProcessPoolExecutor(max_workers=min(len(jobs), os.cpu_count() or 1)) as pool:
        running = {
            face.family: pool.submit(build_face, face, source, target, unihan)
            for face, source, target in jobs
        }
        for family, job in running.items():
            drawn[family] = job.result()
            count = sum(last - first + 1 for first, last in drawn[family])
            print(f"  {family}: {count} characters", file=sys.stderr, flush=True)
    general = sorted(table_of_general_characters(unihan)) if folder == base_dir(folder.parent) else []
    (part / "stamp.json").write_text(json.dumps({"recipe": RECIPE, "drawn": drawn, "general": general}))
    part.rename(folder)  # atomic: a reader sees the whole part or none


class Sources:
    """Files out of Debian packages: the installed ones where present, else `apt-get download` + `dpkg-deb`."""

    def __init__(self, folder: Path, debs: Path | None) -> None:
        self.folder, self.debs = folder, debs

    def file(self, package: str, member: str) -> Path:
        installed = Path("/") / member
        if not package or installed.is_file():
            return installed
        unpacked = self.folder / package / member
        if not unpacked.is_file():
            self._unpack(package)
        if not unpacked.is_file():
            raise PackError(f"the Debian package {package} has no /{member}")
        return unpacked

    def _unpack(self, package: str) -> None:
        target = self.folder / package
        target.mkdir(parents=True, exist_ok=True)
        deb = self._deb(package, target)
        patterns = ["*.otf", "*.ttf", "*.ttc", "*Unihan_OtherMappings*"]
        unpack = ["tar", "-x", "-C", str(target), "--wildcards", "--ignore-command-error", *patterns]
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE) as data:
            subprocess.run(unpack, stdin=data.stdout, stderr=subprocess.DEVNULL, check=False)
        if data.returncode != 0:
            raise PackError(f"cannot unpack {deb.name}")

    def _deb(self, package: str, target: Path) -> Path:
        for folder in filter(None, (self.debs, target)):
            found = sorted(folder.glob(f"{package}_*.deb"))
            if found:
                return found[-1]
        print(f"  downloading {package}", file=sys.stderr, flush=True)
        try:
            subprocess.run(
                ["apt-get", "-q", "download", package], cwd=target, check=True, capture_output=True, text=True
            )
        except FileNotFoundError as error:
            raise PackError(
                "fonts are built from Debian packages: apt-get is missing here, use --debs"
            ) from error
        except subprocess.CalledProcessError as error:
            last = (error.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise PackError(
                f"apt-get download {package} failed ({last}); run 'apt-get update' as root, "
                f"or put the .deb files into a directory and pass --debs"
            ) from error
        return next(iter(sorted(target.glob(f"{package}_*.deb"))))


@contextlib.contextmanager
def _locked(out: Path) -> Iterator[None]:
    with (out / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # released by the kernel even when the builder is killed
        for left_behind in out.glob(".building-*"):
            shutil.rmtree(left_behind, ignore_errors=True)
        yield


def _drop_old(out: Path, keep: set[Path]) -> None:
    for folder in [*out.glob("base-*"), *out.glob("rest-*"), *out.glob("own-*")]:
        if folder not in keep:
            shutil.rmtree(folder, ignore_errors=True)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m app.documents.fontpack", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--out", type=Path, default=default_dir(), help="where the pack goes (default: %(default)s)"
    )
    parser.add_argument(
        "--minimal", action="store_true", help="what a first start needs; the rest can follow later"
    )
    parser.add_argument(
        "--debs", type=Path, help="directory with the .deb files, for a machine without a mirror"
    )
    args = parser.parse_args(argv)
    try:
        built = build(args.out, minimal=args.minimal, debs=args.debs)
    except PackError as error:
        print(f"fontpack: {error}", file=sys.stderr)
        return 1
    print(f"fontpack: {'built ' + ', '.join(d.name for d in built) if built else 'complete'} in {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
