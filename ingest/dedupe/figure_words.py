# ruff: noqa: RUF001
"""Words that count as figures: numbers, ordinals as of quarters, months and weekdays.

A word that mostly means something else in one of these languages (an article, "due", "on") is not listed.
"""

from ingest.dedupe.fingerprint import normalise
from ingest.text.months import months, weekdays

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
FIGURE_WORDS = frozenset(normalise(f"{_NUMBERS} {' '.join(_DATES)}").split())
