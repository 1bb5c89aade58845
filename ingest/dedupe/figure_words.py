# ruff: noqa: RUF001
"""Words that count as figures: numbers, ordinals as of quarters, months and weekdays.

A word that mostly means something else in one of these languages (an article, "due", "on") is not listed.
"""

from ingest.dedupe.fingerprint import normalise

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
_DATES = """
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday
januar jänner februar märz mai juni juli oktober dezember
montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
janvier février mars avril juin juillet août septembre octobre novembre décembre
lundi mardi mercredi jeudi vendredi samedi dimanche
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
lunes martes miércoles jueves viernes sábado domingo
gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
lunedì martedì mercoledì giovedì venerdì sabato domenica
janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
segunda-feira terça-feira quarta-feira quinta-feira sexta-feira
januari februari maart mei augustus maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
augusti måndag mandag tisdag tirsdag onsdag torsdag fredag lördag lørdag söndag søndag
tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta
joulukuuta maanantaina tiistaina keskiviikkona torstaina perjantaina lauantaina sunnuntaina
stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
poniedziałek wtorek środę środa czwartek piątek sobotę sobota niedzielę niedziela
ledna února března dubna května června července srpna září října listopadu prosince
pondělí úterý středu středa čtvrtek pátek neděli neděle
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
понедельник вторник среду среда четверг пятницу пятница субботу суббота воскресенье
січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
понеділок вівторок середу середа четвер п'ятницю п'ятниця суботу субота неділю неділя
ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
pazartesi salı çarşamba perşembe cuma cumartesi pazar
"""
FIGURE_WORDS = frozenset(normalise(_NUMBERS + _DATES).split())
