"""The language of a text: what is claimed, checked against the text's own small words."""

import re

from ingest.articles.words import word_count

SAMPLE_CHARS = 5000
MIN_WORDS = 40  # below, a quotation can outvote the text
MIN_SHARE = 0.12  # of all words: running text has 20 to 40 %
MARGIN = 2.0

# The smallest words of each language that its neighbours here do not share with the same spelling.
_SMALL_WORDS = {
    "en": "the of and to is that for with was are this from have you it by be not which",
    "fr": "le les des est une dans pour qui sur au du pas avec ce sont par il et ne cette",
    "de": "der die und das ist nicht mit den von ein eine auf für im dem sich auch wird zu",
    "es": "el los las que y una por con para del se su como más pero fue es al lo",
    "it": "il di che della per non con una sono del gli nel alla anche più è i le dei",
    "pt": "o os que uma para com não do da em dos por mais as foi ao na é no",
    "nl": "het een van en is dat de niet voor met zijn op te aan ook er maar wordt bij",
    "da": "og det er til af på som for med den ikke der de har en et jeg fra også",
    "sv": "och att det som på är av för med den inte till har om ett jag från också",
    "pl": "się nie że jest jak są przez dla czy oraz tym był było tylko już może także które po za",
    "cs": "že je jsou jako které také byl bylo jen však nebo při ve už ještě než se který jeho",
    "ro": "și în cu pe nu că este din pentru care mai sunt dar fost au sau după prin această",
    "hu": "az és hogy nem egy ez volt meg csak már még vagy mint kell lesz van azt ami is",
    "fi": "ja että oli hän mutta myös kuin niin ovat joka tai kun vain olla ole sen tämä mukaan",
    "tr": "ve bir bu için ile çok daha olarak olan gibi sonra kadar ama değil olduğu ise göre",
    "id": "yang dan dengan untuk ini dari pada itu tidak dalam adalah akan juga oleh ada karena atau",
}
_LANGUAGES_OF = {
    word: [language for language, words in _SMALL_WORDS.items() if word in words.split()]
    for words in _SMALL_WORDS.values()
    for word in words.split()
}
_HEARD = {*_SMALL_WORDS, "ja", "zh", "ko", "el", "he", "th", "ru", "uk"}
_WORD = re.compile(r"[^\W\d_]+")
_TAG = re.compile(r"^([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?(?:[-_.].*)?$", re.IGNORECASE)
_KANA = re.compile("[぀-ヿ]")
_HAN = re.compile("[一-鿿]")
# Scripts that one language of the news writes, or whose languages have letters of their own.
_SCRIPTS = {
    "ko": re.compile("[가-힣]"),
    "el": re.compile("[Ͱ-Ͽ]"),
    "he": re.compile("[֐-׿]"),
    "th": re.compile("[฀-๿]"),
    "cyrillic": re.compile("[Ѐ-ӿ]"),
}
_UKRAINIAN, _RUSSIAN = re.compile("[їєґі]"), re.compile("[ыэё]")
SCRIPT_SHARE = 0.5  # of the letters


def normal_tag(claim: str | None) -> str | None:
    """A language tag as BCP 47 writes it, without script and variants ("fr", "en-US"); None if it is none."""
    match = _TAG.match(claim.strip()) if claim else None
    if not match:
        return None
    language, _, region = match.groups()
    return f"{language.lower()}-{region.upper()}" if region else language.lower()


def choose(claims: list[str | None], body: str) -> str | None:
    """The first of `claims` that the text does not contradict; the text's own language if it contradicts all.

    A language whose small words are not known here is believed.
    """
    tags = [tag for claim in claims if (tag := normal_tag(claim))]
    heard = spoken(body)
    if heard is None:
        return tags[0] if tags else None
    return next((tag for tag in tags if _primary(tag) == heard or _primary(tag) not in _HEARD), heard)


def _primary(tag: str) -> str:
    return tag.partition("-")[0]


def spoken(body: str) -> str | None:
    """The language that the text's script or small words show beyond doubt."""
    sample = body[:SAMPLE_CHARS]
    if by_script := _by_script(sample):
        return by_script
    words = _WORD.findall(sample.lower())
    if len(words) < MIN_WORDS:
        return None
    votes = dict.fromkeys(_SMALL_WORDS, 0)
    for word in words:
        for language in _LANGUAGES_OF.get(word, ()):
            votes[language] += 1
    first, second = sorted(votes, key=votes.__getitem__, reverse=True)[:2]
    clear = votes[first] >= MIN_SHARE * len(words) and votes[first] >= MARGIN * votes[second]
    return first if clear else None


def _by_script(sample: str) -> str | None:
    total = word_count(sample)
    kana, han = (len(script.findall(sample)) for script in (_KANA, _HAN))
    if kana * 10 > total:
        return "ja"
    if han * 2 > total and not kana:
        return "zh"
    letters = 0 if sample.isascii() else sum(map(str.isalpha, sample))
    found = (name for name, script in _SCRIPTS.items() if len(script.findall(sample)) > SCRIPT_SHARE * letters)
    script = next(found, None) if letters else None
    if script == "cyrillic":
        return "uk" if _UKRAINIAN.search(sample) else "ru" if _RUSSIAN.search(sample) else None
    return script
