"""What a page's address says of its kind. An address alone decides nothing: articles stand below any of these words."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

MIN_SLUG_WORDS = 4  # of a last step that is a headline
MAX_NAME_WORDS = 3  # of a tag, a category, an author
MIN_ID_DIGITS = 5

HOME, TAG, CATEGORY, AUTHOR, SEARCH, ARCHIVE, LIST = (
    "the home page",
    "a tag page",
    "a category page",
    "a page about an author",
    "a page of search results",
    "an archive page",
    "a page of a list",
)
_STEPS = {
    TAG: "tag tags tagged label labels topic topics keyword keywords schlagwort schlagworte schlagwoerter stichwort"
    " stichwoerter thema themen etiqueta etiquetas tema temas etiquette etiquettes mot-cle mots-cles motcle tagi temat"
    " tematy argomenti argomento tegi teg temy etiket etiketler onderwerp onderwerpen emne emner amne amnen ämne ämnen"
    " тег теги метка тема темы 标签 標籤 タグ",
    CATEGORY: "category categories cat kategorie kategorien kategoria kategorier kategori categoria categorias"
    " categoría categorie categorieen rubrik rubriken rubrique rubriques rubric rubrics rubrika seccion secciones"
    " section sections sezione sezioni catid категория рубрика рубрики 分类 分類 カテゴリ カテゴリー",
    AUTHOR: "author authors autor autoren autores auteur auteurs autore autori autorzy autorid byline bylines columnist"
    " columnists contributor contributors profile profiles user users journalist journalists redakteur forfatter"
    " skribent yazar yazarlar автор авторы author_name",
    SEARCH: "search suche recherche buscar busca busqueda ricerca cerca szukaj wyszukiwarka zoeken zoek sok sog søg"
    " arama hledat поиск search-results suchergebnisse search_keyword searchword",
    ARCHIVE: "archive archives archiv archivo archivio archivos archiwum arquivo архив",
}
_KIND_OF_STEP = {word: kind for kind, words in _STEPS.items() for word in words.split()}
_KIND_OF_KEY = {"s": SEARCH, "q": SEARCH, "query": SEARCH} | {
    word: kind for word, kind in _KIND_OF_STEP.items() if kind != ARCHIVE
}
_HOME_STEP = re.compile(r"(?:index|default|home|main|start|startseite|portada)(?:\.\w{3,5})?|[a-z]{2}(?:[-_][a-z]{2})?")
_PAGE_STEP = re.compile(r"(?:page|seite|pagina|p)[-_]?\d{1,4}|\d{1,3}")
_WORDS = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(rf"\d{{{MIN_ID_DIGITS},}}")
_YEAR, _MONTH_OR_DAY = re.compile(r"(?:19|20)\d\d"), re.compile(r"[01]?\d|[0-3]\d")


def kind_of_address(url: str) -> tuple[str, str] | None:
    """Return the kind of page that an address names, and the part of the address that does so."""
    split = urlsplit(url)
    steps = [step for step in unquote(split.path).lower().split("/") if step]
    keys = [key for key, value in parse_qsl(split.query) if value]
    for key in map(str.lower, keys):
        if kind := _KIND_OF_KEY.get(key):
            is_searched = kind == SEARCH or not steps or _HOME_STEP.fullmatch(steps[-1])
            if is_searched and not _has_id(split.query):
                return kind, f"{key}="
    if all(map(_HOME_STEP.fullmatch, steps)) and len(steps) <= 2 and not keys:  # noqa: PLR2004
        return HOME, "/" + "/".join(steps)
    for at, step in enumerate(steps):
        kind, below = _KIND_OF_STEP.get(step), steps[at + 1 :]
        if kind == ARCHIVE and below and not _is_date(below):
            continue
        if kind and all(map(_is_name, below)) and (below or kind in {SEARCH, ARCHIVE, TAG}):
            return kind, f"/{step}/"
    if len(steps) > 1 and re.fullmatch(r"page|seite|pagina", steps[-2]) and steps[-1].isdecimal():
        return LIST, f"/{steps[-2]}/{steps[-1]}"
    year_at = next((at for at, step in enumerate(steps) if _YEAR.fullmatch(step)), None)
    if year_at is not None and all(map(_is_name, steps[:year_at])) and _is_date(steps[year_at:]):
        return ARCHIVE, "/" + "/".join(steps)
    return None


def is_of_article(url: str) -> bool:
    """Return whether the last step of an address is a headline or has a number as articles do."""
    split = urlsplit(url)
    step = unquote(split.path).rstrip("/").rpartition("/")[2]
    return len(_WORDS.findall(step)) >= MIN_SLUG_WORDS or bool(_DIGITS.search(step)) or _has_id(split.query)


def _has_id(query: str) -> bool:
    return any(
        key.lower() in {"id", "p", "aid", "nid", "articleid", "article_id", "newsid", "news_id", "storyid"}
        and value.isdecimal()
        for key, value in parse_qsl(query)
    )


def _is_name(step: str) -> bool:
    """Return whether a step may be the name of a tag, or the number of a list's page."""
    if _PAGE_STEP.fullmatch(step) or step == "page":
        return True
    return len(_WORDS.findall(step)) <= MAX_NAME_WORDS and not _DIGITS.search(step)


def _is_date(steps: list[str]) -> bool:
    """Return whether steps are a year, with a month and a day or without."""
    return len(steps) <= 3 and bool(_YEAR.fullmatch(steps[0])) and all(map(_MONTH_OR_DAY.fullmatch, steps[1:]))  # noqa: PLR2004
