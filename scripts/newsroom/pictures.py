"""Take the README's pictures of `ingest browse`: `.venv/bin/python scripts/newsroom/pictures.py [ARCHIVE]`.

ARCHIVE is demo/news.db, which `scripts/demo` makes. The pictures are front.webp and article.webp beside this file. They
need Chromium (`scripts/chromium`); it makes them WebP too, which takes a third of the bytes of its PNG.
"""

import base64
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
SIZE = {"width": 1200, "height": 1150}
MAX_BYTES = 80_000
# The article with the most structure: a table if there is one.
SHOWN = (
    "SELECT id FROM articles ORDER BY markdown LIKE '%|---%' OR markdown LIKE '%| --%' DESC, length(body) DESC LIMIT 1"
)
AS_WEBP = """async ([png, quality]) => {
  const image = new Image(); image.src = 'data:image/png;base64,' + png; await image.decode();
  const canvas = document.createElement('canvas'); canvas.width = image.width; canvas.height = image.height;
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas.toDataURL('image/webp', quality).split(',')[1];
}"""


def as_webp(page: Page, png: bytes) -> bytes:
    """Return the picture as WebP: without loss if that is small enough."""
    for quality in (1.0, 0.9, 0.8, 0.6, 0.4):
        data = page.evaluate(AS_WEBP, [base64.b64encode(png).decode(), quality])
        webp = base64.b64decode(data)
        if len(webp) <= MAX_BYTES:
            break
    return webp


def main(archive: Path) -> None:
    with closing(sqlite3.connect(archive)) as db:
        article = db.execute(SHOWN).fetchone()[0]
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    words = ["-m", "ingest", "-q", "--archive", str(archive), "browse", "--no-open", "--port", "0"]
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        address = server.stdout.readline().strip().rstrip("/")
        try:
            with (
                sync_playwright() as playwright,
                playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"]) as browser,
            ):
                page, blank = browser.new_page(viewport=SIZE), browser.new_page()
                for name, path in (("front", "/"), ("article", f"/article/{article}")):
                    page.goto(address + path)
                    webp = as_webp(blank, page.screenshot())
                    (HERE / f"{name}.webp").write_bytes(webp)
                    print(f"{HERE / name}.webp: {len(webp):,} bytes")
        finally:
            server.terminate()


if __name__ == "__main__":
    main(Path(sys.argv[1] if sys.argv[1:] else "demo/news.db"))
