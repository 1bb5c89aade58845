"""What a page's address says of its kind. An address alone decides nothing: articles stand below any of these words."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

MIN_SLUG_WORDS = 4  # of a last step that is a headline
MAX_NAME_WORDS = 3  # of a tag, a category, an author
MIN_ID_DIGITS = 5
MAX_FRONT_STEPS = 2

HOME, TAG, CATEGORY, AUTHOR, SEARCH, ARCHIVE, LIST, PRODUCT, SERVICE = (
    "the home page",
    "a tag page",
    "a category page",
    "a page about an author",
    "a page of search results",
    "an archive page",
    "a list",
    "a product's page",
    "about the site itself",
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
_SERVICE_STEPS = frozenset(
    "about about-us aboutus contact contacts contact-us contactus imprint impressum legal legal-notice privacy"
    " privacy-policy privacypolicy privacy-notice privacy-statement cookies cookie-policy terms terms-of-use"
    " terms-of-service terms-and-conditions terms-conditions tos disclaimer datenschutz datenschutzerklaerung"
    " datenschutzhinweise datenschutzbestimmungen agb kontakt kontakte nutzungsbedingungen ueber-uns uber-uns"
    " mentions-legales politique-de-confidentialite confidentialite qui-sommes-nous cgu cgv nous-contacter aviso-legal"
    " politica-de-privacidad politica-privacidad politica-de-cookies quienes-somos contacto contactenos contactanos"
    " chi-siamo contatti contattaci note-legali informativa-privacy over-ons privacybeleid privacyverklaring colofon"
    " algemene-voorwaarden quem-somos contato fale-conosco politica-de-privacidade termos-de-uso expediente o-nas"
    " regulamin polityka-prywatnosci redakcja kontakty o-nás ochrana-osobnich-udaju om-oss om-os kontakta-oss"
    " integritetspolicy personvern hakkimizda iletisim kunye gizlilik-politikasi login signin sign-in log-in logout"
    " register registration signup sign-up subscribe lost-password password-reset wp-login anmelden anmeldung"
    " registrieren connexion inscription iniciar-sesion registro accedi registrati inloggen advertise advertise-with-us"
    " mediadaten mediakit media-kit publicidad pubblicita reklama sitemap site-map cart checkout my-account"
    " контакты реклама".split()
)
_ABOVE_SERVICE = frozenset("page pages p info site service services static content company corporate html".split())
_KIND_OF_STEP = {word: kind for kind, words in _STEPS.items() for word in words.split()}
_KIND_OF_KEY = {"s": SEARCH, "q": SEARCH, "query": SEARCH} | {
    word: kind for word, kind in _KIND_OF_STEP.items() if kind != ARCHIVE
}
_HOME_STEP = re.compile(r"(?:index|default|home|main|start|startseite|portada)(?:\.\w{3,5})?|[a-z]{2}(?:[-_][a-z]{2})?")
_PAGE_STEP = re.compile(r"(?:page|seite|pagina|p)[-_]?\d{1,4}|\d{1,3}")
_WORDS = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(rf"\d{{{MIN_ID_DIGITS},}}")
_SUFFIX = re.compile(r"\.\w{2,5}$")
_YEAR, _MONTH_OR_DAY = re.compile(r"(?:19|20)\d\d"), re.compile(r"[01]?\d|[0-3]\d")


def kind_of_address(url: str) -> tuple[str, str] | None:
    """Return the kind of page that an address names, and the part of the address that does so."""
    split = urlsplit(url)
    steps = [step for step in unquote(split.path).lower().split("/") if step]
    is_front = len(steps) <= MAX_FRONT_STEPS and all(map(_HOME_STEP.fullmatch, steps))
    if split.query and (found := _kind_of_query(split.query, is_front=is_front)):
        return found
    if is_front:
        return None if split.query else (HOME, "/" + "/".join(steps))
    return _kind_of_steps(steps)


def _kind_of_query(query: str, *, is_front: bool) -> tuple[str, str] | None:
    if _has_id(query):
        return None
    kinds = [(_KIND_OF_KEY.get(key.lower()), key) for key, value in parse_qsl(query) if value]
    return next(((kind, f"{key}=") for kind, key in kinds if kind and (kind == SEARCH or is_front)), None)


def _kind_of_steps(steps: list[str]) -> tuple[str, str] | None:
    names = [_SUFFIX.sub("", step).replace("_", "-") for step in steps]
    if names[-1] in _SERVICE_STEPS and all(map(_is_above_service, names[:-1])):
        return SERVICE, "/" + "/".join(steps)
    for at, step in enumerate(steps):
        kind, below = _KIND_OF_STEP.get(step), steps[at + 1 :]
        needs_date = kind == ARCHIVE and bool(below)
        is_list = _is_date(below) if needs_date else all(map(_is_name, below))
        if kind and is_list and (below or kind in {SEARCH, ARCHIVE, TAG}):
            return kind, f"/{step}/"
    if names[-1].isdecimal() and names[-2:-1] in (["page"], ["seite"], ["pagina"]):
        return LIST, "/" + "/".join(steps[-2:])
    year_at = next((at for at, step in enumerate(steps) if _YEAR.fullmatch(step)), None)
    if year_at is not None and all(map(_is_name, steps[:year_at])) and _is_date(steps[year_at:]):
        return ARCHIVE, "/" + "/".join(steps)
    return None


def is_of_article(url: str) -> bool:
    """Return whether the last step of an address is a headline or has a number as articles do."""
    split = urlsplit(url)
    step = unquote(split.path).rstrip("/").rpartition("/")[2]
    return len(_WORDS.findall(step)) >= MIN_SLUG_WORDS or bool(_DIGITS.search(step)) or _has_id(split.query)


def _is_above_service(name: str) -> bool:
    return name in _ABOVE_SERVICE or name in _SERVICE_STEPS or bool(_HOME_STEP.fullmatch(name))


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
    year, *rest = steps
    return (
        len(rest) <= len(("month", "day")) and bool(_YEAR.fullmatch(year)) and all(map(_MONTH_OR_DAY.fullmatch, rest))
    )
