# ruff: noqa: RUF001 (Cyrillic and Chinese words are meant)
"""The figures of a text by their places, compared with another text's.

Reports of one template share nearly every word and differ in their figures. Copies share the figures too, except a
corrected one. A place is the text before a figure, or after it, with every figure in it masked. Number words, ordinals
and the names of months and weekdays are figures.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from itertools import pairwise

from ingest.dedupe.fingerprint import normalise
from ingest.dedupe.shingles import WORD, Shingles
from ingest.text.months import months, weekdays

CONTEXT_WEIGHT = 3 * WORD  # the least weight on one side of a figure that makes a place

# A word that mostly means something else in one of these languages (an article, "due", "on") is not listed.
_NUMBERS = """
two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty thirty forty fifty sixty seventy eighty ninety nil zero no none unchanged first second third fourth
zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn
neunzehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig null kein keine unverändert
ersten zweiten dritten vierten
deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante cinquante
soixante néant zéro nul nulle aucun aucune inchangé premier deuxième troisième quatrième
dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince veinte treinta cuarenta cincuenta
sesenta setenta ochenta noventa nulo nula cero ningún ninguna primer segundo tercer cuarto
tre quattro cinque sette otto nove dieci undici dodici tredici quattordici quindici venti trenta quaranta cinquanta
dois duas três quatro sete oito dez onze doze treze catorze quinze vinte trinta quarenta cinquenta
twee drie vier vijf zes zeven negen tien elf twaalf dertien veertien vijftien twintig dertig veertig vijftig nihil
två tre fyra fem sju åtta nio tio elva tolv femton tjugo trettio fyrtio femtio inget ingen seks syv otte åtte
kaksi kolme neljä viisi kuusi seitsemän kahdeksan yhdeksän kymmenen
dwa dwie dwóch trzy trzech cztery czterech pięć pięciu sześć sześciu siedem siedmiu osiem ośmiu dziewięć
dziewięciu dziesięć dziesięciu jedenaście dwanaście piętnaście dwadzieścia trzydzieści brak
dva dvě dvou tři tří čtyři čtyř pět pěti šest šesti sedm sedmi osm osmi devět devíti deset deseti
два две двух три трёх трех четыре четырёх четырех пять пяти шесть шести семь семи восемь восьми девять девяти десять
десяти одиннадцать двенадцать тринадцать четырнадцать пятнадцать двадцать тридцать сорок пятьдесят ноль нет
дві двох трьох чотири чотирьох п'ять п'яти шість шести сім семи вісім восьми дев'ять дев'яти десять десяти
iki üç dört beş altı yedi sekiz dokuz yirmi otuz
〇 零 一 二 三 四 五 六 七 八 九 十 百 千 万 億 亿 两
"""
_LANGUAGES = "en de de-AT fr es it pt nl sv da fi pl cs ru uk tr".split()
_DATES = [name for language in _LANGUAGES for name in (*months(language), *weekdays(language))]
_FIGURE_WORDS = frozenset(normalise(f"{_NUMBERS} {' '.join(_DATES)}").split())
_DIGIT = re.compile(r"\d")
_WEEKDAY = "曜"  # in Japanese it follows the character that names the day

Places = dict[tuple[str, ...], Counter[str]]


def compare_figures(one: Places, other: Places) -> tuple[int, int]:
    """Return how many figures agree and how many differ in the places of both. A figure counts once on each side."""
    same = differing = 0
    for place in one.keys() & other.keys():
        here, there = one[place], other[place]
        common = (here & there).total()
        same += common
        differing += min(here.total(), there.total()) - common
    return same, differing


def places(text: Shingles) -> Places:
    """Return the figures by their places: the tokens before a figure and "_", or "_" and the tokens after it."""
    tokens = text.tokens
    masked = ["0" if is_figure(token) or after == _WEEKDAY else token for token, after in pairwise([*tokens, ""])]
    reached: list[int] = text.reached.tolist()
    found: Places = defaultdict(Counter)
    for place, token in enumerate(tokens):
        if masked[place] != "0":
            continue
        if reached[place] >= CONTEXT_WEIGHT:
            start = bisect_right(reached, reached[place] - CONTEXT_WEIGHT) - 1
            found[*masked[start:place], "_"][token] += 1
        end = bisect_left(reached, reached[place + 1] + CONTEXT_WEIGHT)
        if end < len(reached):
            found["_", *masked[place + 1 : end]][token] += 1
    return found


def is_figure(token: str) -> bool:
    return token in _FIGURE_WORDS or not (token.isalpha() or _DIGIT.search(token) is None)
