"""The sentences of walls, in English, French, German, Spanish, Italian, Dutch, Portuguese and some others.

They say that the text ends here for who has not paid or signed in: "Subscribe to continue reading". Each pattern
matches at the beginning of a sentence: news that quote a wall have its words in the middle of theirs.
"""

import re

MAX_SENTENCE_CHARS = 260
MAX_END_CHARS = 600  # of a paragraph, in which a wall may begin
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。\uff01\uff1f])|\n|\s+[|•·]\s+")


def any_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_ARTICLE = r"(?:article|story|post|text|content|piece|analysis|report|page)\b(?! of\b)"
_READING = (
    r"(?:continue(?:\W*$| (?:reading|to read|viewing|with (?:your reading|this (?:article|story)))| this (?:article"
    r"|story))|keep (?:on )?reading|finish reading"
    rf"|read (?:(?:the|this) (?:full |entire |complete |rest of (?:the|this) )?{_ARTICLE}"
    r"|(?:this|the rest|on|more)\W*$)"
    rf"|(?:unlock|access|view|see) (?:this|the (?:full|entire|rest of (?:the|this))) {_ARTICLE})"
)
_EN = any_of(
    r"(?:please |or |just )?(?:subscribe|register|sign ?(?:in|up)|log ?in|upgrade|join|become an?|create (?:an?|your)"
    rf"|start (?:your|a))\b[^.!?]{{0,60}}?[ ,](?:to|and) {_READING}",
    r"(?:subscribe|sign up|join|pay)\b[^.]{0,60}\b(?:for the full (?:story|article|text)|for full access to this)",
    r"(?:in order )?to (?:continue|keep|finish|go on|carry on) reading(?:(?: (?:this|the|your) \w+)?(?:\W*$|,)"
    r"|.{0,60}\b(?:subscri|log ?in|sign|regist|account|member|pay))",
    r"(?:keep|continue) reading(?: (?:this|the|your))?(?: article| story| post)? (?:with|by|for (?:free|only|just"
    r"|[$€£]))",
    r"to (?:read|view|access|unlock|see) (?:the|this) (?:full|entire|complete|rest|remainder|article"
    r"|story)[^.]{0,60}\b(?:subscri|log ?in|sign|regist|account|member)",
    r"(?:sorry, |the rest of |the remainder of |access to )?(?:this |the |full )+(?:premium )?(?:article|story|content"
    r"|post|page|analysis|report|piece|text)(?: you [\w ]{2,30})? is (?:an? )?(?:only |exclusively "
    r"|currently )?(?:available |open |accessible |reserved |exclusive |restricted |free )?(?:only "
    r"|exclusively )?(?:for|to)\b[^.]{0,40}\b(?:subscribers?\b|subscriptions?\b|members(?: only)?\W*$)",
    r"(?:this is an? )?(?:subscribers?|members?)[ -](?:only|exclusive)(?: (?:article|content|story|post"
    r"|analysis))?\W*$",
    r"(?:exclusive(?:ly)? )?for (?:our |paid |paying )?(?:subscribers|members)(?: only)?\W*$"
    r"|exclusive to subscribers\W*$",
    r"you(?:'ve| have) (?:reached|read|used|hit|exhausted) (?:your|all|the)\b[^.]{0,40}\b(?:limit|articles)\b",
    r"want to (?:(?:keep|continue) reading|read (?:more|on|the (?:rest|full)|this))\?",
    r"unlock (?:this|the (?:full|rest of (?:the|this)|entire|complete)) (?:article|story|piece|post|report)\b",
    r"read (?:this|the (?:full|rest of (?:the|this)|entire|complete)) (?:article|story|piece|post"
    r"|report)(?: for (?:free|only|just|[$€£])| by (?:subscrib|regist|sign)| with an?\b)",
    r"you (?:need|must|have to)\b[^.]{0,30}\b(?:subscri\w+|logged in|signed in|register\w*|member)\b[^.]{0,20}\bto"
    rf" (?:{_READING}|read)|an? (?:\w+ )?(?:subscription|account|membership) is (?:required|needed) to {_READING}"
    r"|subscription (?:is )?required\W*$",
    r"you (?:are (?:unauthori[sz]ed|not (?:authori[sz]ed|allowed|permitted))|(?:do not|don't) (?:currently )?have"
    r" (?:access|permission))\b[^.]{0,20}\b(?:this|view|read) ?(?:this )?(?:article|content|page|post|story)?\W*$",
    r"(?:this |the )?(?:content|article|post|page) is (?:restricted|limited|protected)\b[^.]{0,30}\b(?:members"
    r"|subscribers)",
    r"become a paid subscriber\b.{0,40}\bto unlock|get full access to this (?:article|story)",
    r"you(?:'ve| have)(?: only| just)? read (?:the first )?\d{1,2} ?(?:%|percent|per cent) of (?:this"
    r"|the) (?:article|story)",
    r"(?:you have |there is |the remaining )?\d{1,2}(?:[.,]\d+)? ?(?:%|percent|per cent) of (?:this|the) (?:article"
    r"|story) (?:left|remain|is )",
    r"if you(?:'re| are) (?:seeing this|already an? (?:\w+ )?(?:subscriber|member))[^.]{0,60}\b(?:subscriber|member"
    r"|log|sign)",
    r"if you (?:want|would like|wish) to (?:continue|keep) reading|si vous (?:souhaitez|voulez) (?:lire la suite"
    r"|poursuivre (?:la|votre) lecture)|wenn sie weiter ?lesen (?:möchten|wollen)|si (?:quieres?|desea[s]?) (?:seguir"
    r"|continuar) leyendo|se vuoi (?:continuare|proseguire) (?:a leggere|la lettura)|als (?:je"
    r"|u) verder wil(?:t)? lezen"
    r"|se (?:você )?(?:quer(?:es)?|deseja) continuar (?:a ler|lendo)",
    r"this is (?:only )?(?:a preview|an excerpt|a teaser)\b[^.]{0,60}\b(?:subscri|member|sign|log)",
)
_FR = any_of(
    r"il (?:vous )?reste (?:encore )?[\d.,]+ ?% (?:de (?:cet|l|ce)|à (?:lire|découvrir))"
    r"|[\d.,]+ ?% de (?:cet article|l'article)[^.]{0,16} (?:reste|à lire)",
    r"(?:la suite|l'intégralité|la totalité|le reste|la lecture)(?: de (?:cet? \w+|l'article"
    r"|votre lecture))?(?: vous)? (?:est )?(?:exclusivement |uniquement )?(?:réservée?|accessible (?:uniquement )?aux)",
    r"(?:désolé, )?(?:cet|l'|ce|cette) ?(?:article|contenu|texte|dossier|enquête|vidéo)(?: (?:vous )?est"
    r"| n'est)? (?:exclusivement |uniquement |strictement )?(?:réservée?|accessible (?:qu'|uniquement )?"
    r"|disponible (?:qu'|uniquement )?)\s?(?:à|aux|pour)\b",
    r"(?:article|contenu|enquête|accès)? ?(?:exclusivement )?(?:réservée?) (?:à (?:nos|tous nos)|aux) (?:abonn"
    r"|membres)",
    r"l'accès à (?:cet article|la (?:suite|totalité)|l'intégralité)[^.]{0,40} est réservé"
    r"|lisez la suite[^.]{0,30} (?:avec|pour|en vous)|la suite(?: de (?:cet|votre) article)? (?:après|avec|en vous)",
    r"vous devez (?:être|vous)[^.]{0,30}(?:abonn|connect|inscri|identifi)[^.]{0,20}pour (?:lire|continuer|accéder)",
    r"(?:déjà plus [^.]{1,40} )?(?:abonnez|connectez|inscrivez|identifiez|enregistrez)-vous\b[^.]{0,60}\b(?:pour"
    r"|afin de|et) (?:lire|lisez|continue\w*|poursuiv\w*|accéde[rz](?! à (?:nos|notre))|découvrir (?:la suite|cet)"
    r"|débloque\w*)",
    r"(?:pour|afin de) (?:lire|continuer|poursuivre|accéder|débloquer)\b[^.]{0,80}\b(?:abonne|connecte|inscri|créez"
    r"|identifi|enregistr)",
    r"(?:créez|ouvrez) (?:un|votre) compte\b[^.]{0,40}\bpour (?:lire|continuer|poursuivre|accéder)",
    r"vous avez (?:lu|atteint|épuisé|consulté) (?:tous (?:vos|les)|la|votre|vos)[^.]{0,40}(?:articles|limite)",
    r"(?:envie de|vous souhaitez|vous voulez) (?:lire|connaître) la suite|(?:poursuivez|continuez) (?:(?:la"
    r"|votre) lecture|à lire (?:avec|pour|en))|pour (?:lire (?:la suite|cet article)|poursuivre (?:la|votre) lecture"
    r"|continuer (?:à lire|la"
    r" lecture))(?: de cet article)?\W*$|vous avez lu \d{1,2} ?% de (?:cet|l')|débloquez (?:cet|l'|la)",
)
_DE = any_of(
    r"(?:dieser?|der|den|das|diesen|weitere) (?:ganzen? |vollständigen? |komplette?n? |gesamten? "
    r"|restliche[nr]? )?(?:artikel|beitrag|text|inhalt|bericht|teil)\w*(?: (?:ist|sind|steht|gibt es|können|kann"
    r"|lesen))?(?: \w+){0,2}? (?:nur |exklusiv |ausschließlich |allein |lediglich )(?:für|von|unsere[nm]?|mit|als"
    r"|im)\b[^.]{0,40}(?:abonnent|mitglied|abo\b|plus|registrier|leser)",
    r"(?:nur|exklusiv|ausschließlich) für (?:unsere )?(?:(?:digital-?|plus-)?abonnent\w*|mitglieder)(?:\W*$| (?:zugäng"
    r"|verfüg|les|sicht))",
    r"(?:dieser?|der|das)[^.]{0,30}\b(?:artikel|beitrag|text|inhalt)\w* (?:ist|bleibt) (?:unseren )?(?:abonnent"
    r"|mitglied)\w* vorbehalten|für diesen (?:artikel|beitrag|inhalt) (?:benötigen|brauchen) sie",
    r"jetzt weiter ?lesen\W*$|lesen sie (?:jetzt )?weiter (?:mit|im|als)",
    r"(?:jetzt |einfach )?weiter ?lesen (?:nur )?(?:mit|für|im (?:[\w-]{1,20}[- ])?abo|und|nach)"
    r"|(?:jetzt )?(?:abonnieren|anmelden|registrieren|einloggen"
    r"|freischalten|testen)\b[^.]{0,30}\b(?:und|um)\b[^.]{0,30}\b(?:weiter ?(?:zu)?lesen|lesen|zu lesen)",
    r"um (?:weiterzulesen|weiter zu lesen)\b|zum weiterlesen\b[^.:]{0,60}(?:abo|anmeld|melden|registrier|logg|testen)",
    r"um (?:diesen?|den|das|alle|die)\b[^.]{0,50}\b(?:lesen|sehen|freizuschalten)\b[^.]{0,60}(?:abo|anmeld|melden"
    r"|registrier|logg)",
    r"(?:bitte )?(?:melden|registrieren|loggen) sie sich\b[^.]{0,40}\b(?:um|damit)\b[^.]{0,50}\b(?:lesen|weiter"
    r"|nutzen)",
    r"(?:abonnieren|testen|bestellen|lesen|kaufen|sichern) sie\b[^.]{0,60}\b(?:weiterzulesen|weiter ?lesen"
    r"|um [^.]{0,40}zu lesen|diesen artikel (?:mit|im))",
    r"sie (?:haben|können)\b[^.]{0,20}\b(?:alle |ihre |ihr |\d+ )[^.]{0,30}(?:kostenlosen?|freien?"
    r"|gratis)[^.]{0,20}artikel[^.]{0,20}(?:gelesen|aufgebraucht|erreicht)",
    r"sie haben \d{1,2} ?(?:%|prozent) (?:dieses|des) (?:artikels|textes|beitrags) gelesen|um (?:diesen|den) \w+"
    r" (?:weiterzulesen|weiter zu lesen)",
    r"(?:es (?:verbleiben|fehlen) |(?:sie haben )?noch )\d{1,2} ?(?:%|prozent) (?:(?:des|dieses) (?:artikels|textes"
    r"|beitrags)|zu lesen)",
    r"(?:sie )?(?:möchten|wollen) (?:sie )?(?:weiter ?lesen|(?:diesen|den) artikel (?:weiter ?)?lesen"
    r"|den ganzen artikel)[^.]{0,30}[?.]?\W*$",
    r"mit [\w +-]{1,24} (?:weiter ?lesen|diesen artikel)|diesen artikel weiter ?lesen",
    r"(?:den )?(?:ganzen|vollständigen|kompletten) (?:artikel|text|beitrag) (?:lesen|freischalten)\b[^.]{0,20}(?:mit"
    r"|im|abo|\W*$)",
)
_ES = any_of(
    r"(?:este|el|esta|la) (?:resto de (?:este|la|el) )?(?:artículo|contenido|noticia|texto|nota|reportaje"
    r"|información)[^.]{0,20} (?:es|está)(?: (?:de acceso|un contenido))? (?:solo|sólo|exclusiv[oa]|únicamente"
    r"|reservad[oa]|disponible)[^.]{0,20}(?:para|a)\b[^.]{0,30}(?:suscriptor|abonad|soci|registrad)",
    r"(?:contenido |artículo |noticia )?(?:exclusiv[oa]|sólo|solo) para (?:nuestros )?(?:suscriptores|abonados"
    r"|socios)\W*$",
    r"(?:suscr[ií]be?te|suscríbase|suscribite|regístrate|regístrese|inici[ae] sesión|accede|identifícate"
    r"|hazte [\w ]{3,20}|únete)\b[^.]{0,50}\b(?:para|y) (?:poder )?(?:leer|lee |seguir|sigue|continu\w+"
    r"|acceder a (?:este|esta|la nota|todo el)|desbloque\w+)",
    r"para (?:seguir|continuar) (?:leyendo|con la lectura)(?:(?: (?:est[ea]|el|la) \w+)?(?:\W*$|,(?! (?:la|el|los"
    r"|las)\b))"
    r"|[^.]{0,60}(?:suscr|inici|regístr|registr|acced|hazte))|para (?:leer|acceder a) (?:el|este|esta|la"
    r"|más)[^.]{0,60}(?:suscr|inici|regístr|registr)",
    r"(?:te|le) quedan? (?:aún |todavía |por leer )?(?:el |un )?\d{1,2}(?:[.,]\d+)? ?%[^.]{0,20}(?:leer|artículo|nota"
    r"|noticia)",
    r"(?:ya )?ha[sn]? (?:leído|alcanzado|superado|agotado|llegado)[^.]{0,40}(?:artículos|notas|límite)",
    r"ha[sn]? leído (?:el |un )?\d{1,2} ?% de(?:l| este| esta) (?:artículo|noticia|nota)",
    r"¿?quiere?s? (?:seguir|continuar) leyendo\?|(?:sigue|continúa) leyendo (?:con|por|este|gratis)",
    r"(?:lee|desbloquea) (?:el|este) artículo completo\b",
)
_IT = any_of(
    r"(?:questo |il resto (?:di questo|dell') ?|il |l')(?:articolo|contenuto|testo) (?:è|e') (?:riservat|esclusiv"
    r"|disponibile solo|accessibile solo|visibile solo|solo )\w*[^.]{0,30}(?:abbonat|iscritt|soci|registrat)",
    r"(?:contenuto |articolo )?(?:riservato|esclusivo|solo)(?: solo)? (?:agli|ai|per(?: gli)?) (?:nostri )?(?:abbonat"
    r"|iscritt)",
    r"(?:abbonati|accedi|registrati|iscriviti|effettua (?:il login|l'accesso))\b[^.]{0,50}\b(?:per"
    r"|e) (?:poter )?(?:legger|leggi|continu|prosegui|sblocc)\w*",
    r"per (?:continuare|proseguire)(?: (?:a leggere|la lettura|nella lettura))?\b(?=[^.]{0,60}(?:abbon|acced|regist"
    r"|iscri)|(?: (?:questo|l'|dell'|di questo) ?articolo)?\W*$)|hai letto (?:il |l')?\d{1,2} ?% d|per leggere (?:l'"
    r"|questo|il resto|tutto)[^.]{0,60}(?:abbon|acced|regist|iscri)",
    r"ti (?:resta|rimane|manca)(?: ancora)?(?: da leggere)?(?: il| l')? ?\d{1,2}(?:[.,]\d+)? ?%(?: da leggere"
    r"|[^.]{0,12}articolo|\W*$)|(?:resta|rimane) (?:da leggere )?(?:il |l')\d{1,2} ?%",
    r"hai (?:letto|raggiunto|esaurito|superato)[^.]{0,40}(?:articoli|limite)",
    r"vuoi (?:continuare a leggere|leggere (?:tutto|l'articolo))|continua (?:a leggere|la lettura) (?:con|abbon|per|su"
    r"|gratis)|la lettura (?:dell'articolo )?(?:continua|prosegue|è riservata)",
    r"(?:leggi|sblocca) (?:tutto )?l'articolo(?: completo)? (?:con|abbon|a \d)",
)
_NL = any_of(
    r"(?:dit|deze|de rest van dit|het) (?:volledige )?(?:artikel|verhaal|bericht|inhoud|stuk) is (?:alleen|exclusief"
    r"|enkel|uitsluitend|gereserveerd|slechts)? ?(?:toegankelijk |beschikbaar |te lezen )?(?:voor"
    r"|met)\b[^.]{0,30}(?:abonnee|leden|abonnement)",
    r"(?:dit (?:artikel|verhaal)|(?:verder|door) ?lezen) is (?:voorbehouden aan|alleen|exclusief|enkel)"
    r"|lees dit (?:artikel|verhaal) (?:met|als|via)",
    r"(?:alleen|exclusief|enkel|uitsluitend) voor (?:onze )?(?:abonnees|leden)\W*$",
    r"(?:abonneer|log (?:nu )?in|meld (?:je|u) aan|registreer|word (?:nu )?(?:lid|abonnee)|neem een"
    r"|maak [\w ]{0,20}account)\b[^.]{0,60}\b(?:om|en)\b[^.]{0,30}\b(?:te lezen|verder(?: te)? ?lezen|lees (?:verder"
    r"|dit|het|alles))\b",
    r"om (?:dit artikel )?(?:verder te lezen|door te lezen|te (?:blijven )?lezen)|om (?:dit"
    r"|het) [\w ]{0,20}te (?:kunnen )?lezen",
    r"(?:wil je|wilt u|wilt u graag) (?:dit artikel )?(?:verder|door|gratis|helemaal)\s?lezen|(?:lees"
    r"|verder) (?:verder|lezen) (?:met|als|via|\?)|verder ?lezen\?",
    r"(?:je hebt |u hebt |u heeft |er (?:is|resteert) )?nog \d{1,2} ?% (?:van dit|te lezen|te gaan)",
    r"(?:je hebt|u hebt|u heeft) (?:nu |pas )?\d{1,2} ?% van dit (?:artikel|verhaal) gelezen",
    r"(?:je|u) (?:hebt|heeft) (?:al |je |uw |alle )[^.]{0,40}(?:gratis artikelen|limiet)",
)
_PT = any_of(
    r"(?:este|esta|o|a) (?:restante deste )?(?:artigo|conteúdo|matéria|texto|reportagem|notícia) (?:é"
    r"|está) (?:exclusiv[oa]|só|apenas|somente|reservad[oa]|restrit[oa]|disponível)[^.]{0,20}(?:para|a"
    r"|aos?)\b[^.]{0,30}(?:assinante|subscritor|cadastrad)",
    r"(?:conteúdo|matéria|artigo) (?:exclusiv[oa]|restrit[oa]) (?:para|a) (?:assinantes|subscritores)|(?:exclusivo|só"
    r"|apenas) para (?:assinantes|subscritores)\W*$",
    r"(?:assine|faça (?:o )?(?:seu )?login|cadastre-se|entre|registe-se|registre-se|inicie sessão|torne-se [\w ]{3,20}"
    r"|subscreva)\b[^.]{0,50}\b(?:para|e) (?:poder )?(?:continu\w+|ler\b|leia|ter acesso (?:a est|ao (?:texto"
    r"|conteúdo))|seguir|desbloque\w+)",
    r"para (?:continuar|prosseguir|seguir) (?:lendo|a ler|a leitura|com a leitura)|para ler (?:o|este|esta"
    r"|a)[^.]{0,60}(?:assin|login|cadastr|regist|subscr)",
    r"(?:ainda )?(?:restam|resta|faltam?)(?:-lhe)? (?:ler )?\d{1,2}(?:[.,]\d+)? ?%[^.]{0,16}(?:ler|leitura|artigo"
    r"|matéria|texto)|você (?:ainda tem|leu) \d{1,2} ?%",
    r"(?:você )?(?:atingiu|já leu|leu|esgotou|chegou)[^.]{0,40}(?:limite|matérias|artigos|reportagens)",
    r"(?:quer|deseja) continuar (?:a ler|lendo)\?|continue (?:lendo|a ler|a leitura) (?:com|por|este|essa|esta)",
)
_OTHERS = any_of(
    r"(?:ten|ta|pozostał\w+|dalsz\w+|pełn\w+)[^.]{0,30}(?:artykuł|treść|część|tekst)\w*[^.]{0,30}(?:tylko "
    r"|wyłącznie )?dla (?:naszych )?(?:prenumerator|subskrybent|zalogowan)",
    r"(?:zaloguj się|wykup|kup|zarejestruj się|subskrybuj)\b[^.]{0,60}\b(?:aby|żeby|i) (?:czytaj|czytać|przeczytać)",
    r"aby (?:czytać dalej|przeczytać (?:cały|całość|dalszą))|pozostało (?:ci )?(?:do przeczytania )?\d{1,2} ?%",
    r"(?:den här |denna )?artikel(?:n)? är (?:bara |endast |exklusiv )?(?:för|låst)[^.]{0,20}prenumerant",
    r"(?:logga in|prenumerera|bli prenumerant|köp|skaffa)\b[^.]{0,50}\bför att (?:läsa|fortsätta)",
    r"för att (?:fortsätta läsa|läsa (?:vidare|hela|artikeln))|läs (?:vidare|hela artikeln) (?:med|som|för)",
    r"(?:denne )?artikk?el(?:en)? er (?:kun |bare |forbeholdt )?(?:for )?(?:våre |vores )?abonnenter",
    r"(?:logg? ind?|bliv abonnent|bli abonnent)\b[^.]{0,40}\bfor (?:å|at) (?:lese|læse|fortsette|fortsætte)",
    r"この(?:記事|コンテンツ)は[^。]{0,12}(?:会員|購読者)|(?:ログイン|会員登録|登録|購読)して?[^。]{0,10}(?:続き|全文)|続きを(?:読む|お読み)[^。]{0,6}には"
    r"|残り[\d,]+文字",
    r"(?:эта |полный |данная )?(?:статья|текст|материал)\w* доступ\w+ только[^.]{0,20}подписчик",
)
# The beginnings of labels that teasers of other articles have too.
_LABEL = any_of(
    r"(?:this is an? )?(?:subscribers?|members?)\b|(?:exclusive(?:ly)? )?for\b|exclusive\b|(?:article|contenu|accès"
    r"|enquête) (?:exclusivement )?réservé|réservé|(?:nur|exklusiv|ausschließlich) für|(?:contenido "
    r"|artículo )?(?:exclusiv[oa]|sólo|solo)\b|(?:contenuto |articolo )?(?:riservato|esclusivo|solo)\b|(?:alleen"
    r"|exclusief|enkel|uitsluitend) voor|(?:conteúdo|matéria|artigo)? ?(?:exclusiv|restrit|só|apenas)"
)
# What else readers log in or pay for: comments, sounds, films.
_OTHER_USE = re.compile(
    r"comments|\bcommenti\b|commentaire|commenter|commenting|to comment|kommentar|\bcoment[aá]r|reager|reacties"
    r"|discuss|diskut|debat|listening|watching|écoute|regarder|hören|ansehen"
    r"|escuch|\bviendo|ascolta|guardare|luister|kijken|\bouvir|assistir|to save|para guardar|per salvare"
    r"|zu speichern|thanks to|grâce à|dank (?:ihnen|euch|uns)"
    r"|sur papier|print edition|\bgedruckt|edición impresa|edizione cartacea|op papier|edição impressa|gracias a"
    r"|grazie a|dankzij|graças",
    re.IGNORECASE,
)
_STOPS = (_EN, _FR, _DE, _ES, _IT, _NL, _PT, _OTHERS)


def sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE.split(text.replace("’", "'")) if part]


def is_label(stop: str) -> bool:
    """Return whether a wall's sentence may be the label of a teaser: "Subscribers only", without a verb."""
    return bool(_LABEL.match(stop))


def is_other_use(sentence: str) -> bool:
    """Return whether a sentence offers other things than reading, or thanks those who pay."""
    return bool(_OTHER_USE.search(sentence))


def stop_in(text: str) -> str | None:
    """Return the first sentence of a wall that says that the text ends here."""
    short = (one for one in sentences(text[-MAX_END_CHARS:]) if len(one) <= MAX_SENTENCE_CHARS)
    return next((one for one in short if any(s.match(one) for s in _STOPS) and not is_other_use(one)), None)


def before_stop(line: str) -> str:
    """Return a line up to the first sentence of a wall in it."""
    stop = stop_in(line)
    at = line.replace("’", "'").find(stop) if stop else len(line)
    return line[:at].rstrip()
