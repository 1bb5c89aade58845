"""Is a later text of an article another text, or the same with other counters and dates?

What a reader would call an edit is a change of words. Lines that tell the time or count ("Updated 3 March, 10:30",
"12 comments", "3 min read") change by themselves and are no part of it; figures in the text are.
"""

import re
from hashlib import blake2b

from ingest.dedupe.fingerprint import normalise
from ingest.text.months import months, weekdays

VERSION = 1
"""Of the method. Hashes of different versions say nothing of each other; a change of `gist` is a new version."""

SHORT_WORDS = 12  # of a line that may be there to tell the time or to count; what is longer is prose

# As `normalise` leaves them, in English, French, German, Spanish, Italian and Dutch.
_STAMPED = frozenset(
    "updated update published posted modified edited actualisé publié modifié mis mise jour aktualisiert veröffentlicht"
    " stand geändert actualizado publicado modificado aggiornato pubblicato modificato bijgewerkt gepubliceerd".split()
)
_COMMENTS = frozenset("comments commentaires kommentare comentarios commenti reacties réactions".split())
_COUNTED = _COMMENTS | frozenset(
    "comment commentaire kommentar comentario reaction reactions reply replies réponse réponses response responses view"
    " views vue vues aufrufe visitas like likes share shares partages point points vote votes read reads lecture"
    " lesezeit lectura lettura".split()
)
_CALENDAR = {
    *(name for language in ("en", "fr", "de", "es", "it", "nl") for name in months(language)),
    *(name for language in ("en", "fr", "de") for name in weekdays(language)),
}
_TIMES = _CALENDAR | frozenset(
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun"
    " today yesterday now ago aujourd hui hier heute gestern hoy ayer oggi ieri second seconds minute minutes min mins"
    " hour hours day days week weeks seconde secondes heure heures jours semaine semaines minuten stunde stunden tag"
    " tage tagen uhr minuto minutos hora horas día días minuti ora ore giorni uur utc gmt est edt pst pdt cet".split()
)
_BETWEEN = frozenset(
    "a m am pm p on at the of last first à le la il y vor am um der den el hace hay de il alle fa del op om laatst"
    " dernière zuletzt última ultimo and et und | · • / h".split()
)
_MARKED = _STAMPED | _COMMENTS  # one of these in a line, and its figures are of that kind
_TELLING = _STAMPED | _COUNTED | _TIMES
_CHANGING = _TELLING | _BETWEEN
_FIGURE = re.compile(r"[~+]?\d[\d.,:/'-]*(?:[a-z]{1,2}|[th][\d:.]+z?|h\d\d)?")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?(?:t[\d:.]+z?)?|\d\d?[./]\d\d?[./]\d{2,4}|\d\d?:\d\d(?::\d\d)?")


def material_change(old_title: str | None, old_body: str, new_title: str | None, new_body: str) -> bool:
    """Whether a reader would find another text; setting, case, paragraphs and Unicode form do not matter."""
    return normalise(old_title or "") != normalise(new_title or "") or not (
        normalise(old_body) == normalise(new_body) or gist(old_body) == gist(new_body)
    )


def gist(text: str) -> str:
    """The words of `text` (`normalise`) without what changes by itself."""
    return " ".join(filter(None, map(_gist_of_line, text.split("\n"))))


def gist_hash(title: str | None, text: str | None) -> str:
    """`1:` (VERSION) and 32 hexadecimal digits."""
    words = f"{normalise(title or '')}\n{gist(text or '')}"
    return f"{VERSION}:{blake2b(words.encode(errors='surrogatepass'), digest_size=16).hexdigest()}"


def _gist_of_line(line: str) -> str:
    words = normalise(line).split()
    if len(words) > SHORT_WORDS:
        return " ".join(words)
    left = [word for word in words if word not in _CHANGING and not _FIGURE.fullmatch(word)]
    if left:
        return " ".join(words if _MARKED.isdisjoint(words) else left)
    # Figures alone may be a table's cell.
    return "" if any(word in _TELLING or _DATE.fullmatch(word) for word in words) else " ".join(words)
