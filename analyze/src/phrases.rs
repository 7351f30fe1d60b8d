//! What people say around questions and answers: greetings, thanks, reactions, and the words with
//! which a host runs a room. One table of patterns, the languages of a line side by side.
//!
//! They only ever weigh where nothing better is known: a label or a reply beats any phrase.

use crate::sieve::Sieved;
use colloquy_transcript::label::opening;

use crate::words::count_words;

/// A pattern that is compiled once.
macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: std::sync::LazyLock<Sieved> =
            std::sync::LazyLock::new(|| Sieved::new($text).expect("a constant pattern"));
    };
}
pub(crate) use pattern;

pattern!(
    GREETING,
    r"^(?:hi|hiya|hey|hello|helo|howdy|greetings|good\s(?:morning|afternoon|evening|day)|morning|evening|g'day|yo|
    happy\s(?:new\syear|mon|tues|wednes|thurs|fri|satur|sun)|hola|buen[oa]s|saludos|bon(?:jour|soir)|salut|
    ol[aá]|oi|bo[am]\s(?:dia|tarde|noite)|hall[oå]|guten\s(?:abend|morgen|tag)|moin|servus|ciao|salve|buonasera|
    buongiorno|goedenavond|goedemorgen|goedemiddag|hej|hei|god\skv[eä]ll|merhaba|selam|cze[sś][cć]|ahoj|
    selamat|halo|привет|добрый|здравствуйте|γεια|καλησπέρα|مرحبا|السلام|नमस्ते|こんばんは|こんにちは|안녕|大家好)\b"
);
pattern!(
    UNSPACED_COURTESY,
    r"^(?:こんばん[はわ]|こんにち[はわ]|よろしく|おはよう|ありがとう|お疲れ|おつかれ|안녕|감사|大家好|你好|晚上好|感谢|感謝|谢谢|謝謝|สวัสดี|ขอบคุณ)|おやすみ|晚安|晩安"
);
pattern!(HOUR_OF_DAY, r"^(?:morning|evening)\s\w");
pattern!(HI_ALL, r"\b(?:hi|hello|hey)\s(?:everyone|everybody|all|again|folks|friends|y'all)\b");
pattern!(
    INTRODUCTION,
    r"\b(?:lurk(?:ing|er|y)?|late\sto\s(?:the|this|\#)|(?:i'?m|i\sam|sorry|running|a\s(?:bit|little|few\smin\w*)|joining|join|jumping\sin|arriving)\s(?:\w+\s)?late|
    joining\s(?:in|you|from|us|late|the|tonight|today|\#)|join\syou|(?:hi|hello|hey)\s(?:everyone|everybody|all|again|folks|friends|y'all)|checking\sin|dropping\s(?:in|by)|popping\s(?:in|on|off)|pop\soff|tuning\sin|
    here\sfrom|from\shere|here\sin|glad\sto\sbe\shere|looking\sforward\sto|wav(?:es|ing)\s(?:from|at)|happy\sto\sbe\shere|excited\s(?:to\sbe|for\stonight|for\stoday)|
    my\sname\sis|me\sllamo|soy\s\w+\s(?:de|desde)|desde\s(?-i:\p{Lu})|je\sm'appelle|je\ssuis\s\w+,|ich\sbin\s\w+\s(?:aus|und)|mi\schiamo|sono\s\w+\sda|meu\snome|sou\s[oa]?\s?\w+\sd[eo]|ik\sben\s\w+\suit)\b"
);
pattern!(I_AM, r"^(?:and\s)?(?:i'?m|i\sam|this\sis|it'?s)\s(?-i:\p{Lu})");
pattern!(
    THANKS,
    r"^(?:many\s|big\s|huge\s|so\smany\s|a\sbig\s)?(?:thanks|thank\s(?:you|u)|thx|tx|ty|tysm|gracias|much[ao]s\sgracias|merci|danke|vielen\sdank|grazie|obrigad[oa]|bedankt|dank\sje|tack|takk|tak|dzi[eę]ki|te[sş]ekk[uü]rler|terima\s?kasih|(?:te)?ma?kasih|trims|спасибо|ευχαριστ|شكرا|धन्यवाद|ありがとう|お疲れ|감사|谢谢|謝謝)(?:\b|$)"
);
pattern!(
    THANKED,
    r"\b(?:thanks|thank\s(?:you|u)|thx|gracias|gr[àa]cies|merci|danken?|dank|bedankt|grazie|obrigad[oa]|tack|takk|kiitos|dzi[eę]ku\w*|te[sş]ekk[uü]r\w*|terima\s?kasih|спасибо|ευχαριστ\w*)\b|ありがとう|感谢|感謝|谢谢|謝謝|감사|شكرا|धन्यवाद"
);
pattern!(
    FAREWELL,
    r"\b(?:good\s?night|nighty?\s|have\sa\s(?:great|good|lovely|wonderful|nice|fantastic|restful|safe)|see\s(?:you|ya|u|y'all)|(?:gotta|got\sto|have\sto|need\sto)\s(?:go|run|leave|sign\soff|jump\soff|dash)|signing\soff|heading\sout|bye|
    (?:great|good|awesome|wonderful|fantastic|amazing|lovely|fun|fab|excellent)\s(?:\#?\w*chat|discussion|conversation|convo|session|topic|evening|hour)|
    for\s(?:hosting|moderating|mod'?ing|joining|having|a\sgreat|another|the\sgreat|this\schat|this\sconvo|leading)|
    buenas\snoches|hasta\s(?:luego|la\spr[oó]xima|ma[nñ]ana)|bonne\s(?:soir[eé]e|nuit)|[aà]\sbient[oô]t|gute\snacht|bis\s(?:bald|n[aä]chste)|sch[oö]nen\sabend|buonanotte|a\spresto|boa\snoite|at[eé]\s(?:logo|a\spr[oó]xima)|tot\s(?:volgende|ziens)|fijne\savond)\b"
);
pattern!(
    REACTION,
    r"^(?:that(?:'s|\sis|\swas)|yes|yep|yup|yeah|yea|no|nope|so\strue|true|exactly|absolutely|totally|agreed?|i\s(?:totally\s|completely\s|so\s)?agree|same|this|love|loving|great|good|nice|awesome|amazing|wow|lol|haha\w*|ha|right|indeed|ditto|\+1|well\ssaid|preach|amen|congrat\w*|me\stoo|us\stoo|ooh|oh|omg|cool|wonderful|beautiful|brilliant|excellent|fantastic|perfect|sweet|ah|aha|
    s[ií]|claro|exacto|totalmente|oui|exactement|tout\s[aà]\sfait|ja|genau|stimmt|esatto|certo|sim|exatamente|precies|klopt)\b"
);
pattern!(
    ANNOUNCEMENT,
    r"\b(?:coming\s(?:up|soon|out|next|shortly|right|in)|comes\s(?:up|next|soon)|is\scoming|(?:up\s)?on\sdeck|up\snext|is\s(?:\w+ly\s|almost\s)?(?:here|up|out|live|next)|here\son|get\sready|ready\sfor|who(?:'s|\sis)\sready|are\s(?:you|we)\s(?:all\s)?ready|in\s(?:one|two|three|five|ten)\smin\w*|on\sthe\stable|what\sdo\syou\s(?:all\s)?think\??|in\s(?:a\s(?:few|couple|min\w*|sec\w*)|\d+\s?(?:min\w*|sec\w*))|almost\stime|one\smore\sminute|on\sits\sway|
    (?:moving|move|moved|on|over)\s(?:on\s)?to|time\sfor|let'?s\s(?:go|move)|we(?:'re|\sare)\son|still\son|just\sdid|(?:wir\ssind|sind\swir|estamos|vamos|on\sest|siamo|we\szijn|vi\sär|kita)\s(?:jetzt\s|ya\s|già\s|déjà\s)?(?:bei|en|na|por|com|à|a|alla|bij|på|di)\s(?:la\s|a\s|der\s|de\s)?[a-z]\s?\d|keep\s(?:the|your|those)\s|viene\sla|enseguida|en\sun\smomento|arrive|dans\sun\sinstant|gleich|kommt)\b"
);
pattern!(
    INSTRUCTION,
    r"(?:\banswers?|respond|reply|repl(?:y|ies)|begin|start|label|preface|use|using)\b[^.!?\n]{0,45}?(?:\b(?:with|as|using|by)\s)?[^\w\s]?\b(?-i:A)\s?(?:\#|\d\b|and\sthe\s(?:question\s)?number|and\sa\snumber|\+)|\bq\s?\d?\s?[/&,]\s?a\s?\d?\s(?:format|style)|numbered\squestions|how\s(?:it|this|the\schat)\sworks|(?:responded?|contesta|responde|r[eé]pondez|antwortet|rispondete|répondez|respondam|antwoord|svara|jawab)\b[^.!?\n]{0,30}\b[arsj]\s?\d|\b(?:mit|met|med|con|com|avec|dengan)\s(?:\S+\s){0,2}(?-i:[ARSJ])\s?1\b\s?(?:,|/|\.\.|…|\+|usw|etc|(?:und|y|e|et|och|dan|en|i)\s)"
);
pattern!(
    INTERROGATIVE,
    r"^(?:so[,\s]+|and\s|ok(?:ay)?[,\s]+|now[,\s]+|let'?s\s\w+[:,]?\s)?(?:what|how|why|which|who|whom|whose|when|where|do|does|did|is|are|was|were|can|could|should|would|will|have|has|share|tell|describe|name|introduce|please|if|list|discuss|explain|think|give|talk|imagine|pick|choose|suggest|recommend|show|post|rate|rank|complete|finish|in\swhat|in\syour|on\sa\sscale|thoughts|
    qu[eé]|c[oó]mo|cu[aá]l\w*|qui[eé]n\w*|cu[aá]ndo|d[oó]nde|por\squ[eé]|comparte|cu[eé]nta\w*|quel\w*|comment|pourquoi|qui|quand|o[uù]|est-ce|avez|partagez|racontez|was|wie|warum|welche\w*|wer|wann|wo|habt|erz[aä]hlt|teilt|cosa|che|come|perch[eé]|qual\w*|chi|quando|dove|raccontate|o\sque|como|porqu[eê]|quem|onde|wat|hoe|waarom|welke|wie|wanneer|waar|deel)\b"
);
pattern!(
    AUXILIARY,
    r"^(?:is|are|was|were|do|does|did|can|could|should|would|will|have|has|avez|habt|ist|est|es|sind|was\sein)\b"
);
pattern!(
    OPENS,
    r"\b(?:welcome[,!]\s\w+|welcome\s(?:back\s)?(?:everyone|everybody|all|to|back|in|friends)|welcome\severyone|let'?s\s(?:get\sstarted|begin|start|kick\soff|chat|talk)|ask\s(?:me\s)?(?:away|anything)|how\s(?:is|are)\s(?:everyone|everybody|you\sall|we\sall|y'all)|(?:please\s)?(?:start\sby\s)?introduc(?:e|ing)\syoursel(?:f|ves)|say\s(?:hi|hello)|who(?:'s|\sis)\s(?:with\sus|here|joining|in)\b|that\s(?:hour|time)\sagain|(?:it'?s|it\sis)\s(?:time|chat\stime)|here\swe\sgo|kicking\soff|bienvenid[oa]s|pres[eé]nt(?:ate|ense|aos)|bienvenue|pr[eé]sentez-vous|willkommen|stellt\seuch|herzlich|benvenut[ie]|presentatevi|bem-vind[oa]s|apresentem-se|welkom|stel\sje)\b"
);
pattern!(
    MEETS,
    r"\b(?:next\s(?:\#?\w*chat|week'?s?\s(?:chat|topic)|month'?s?\s(?:chat|topic)|session|meetup)|(?:tonight|today|this\s(?:week|month|evening|afternoon|morning))'?s?\s(?:\#?\w*chat|topic|session|discussion|guest|town\shall)|(?:first|1st)\s(?:time|chat)|first-tim\w+|chat\s(?:starts?|begins?|is\s(?:on|over)|transcript)|\#?\w*chat\s(?:in|starts|begins)\s|(?:in|starts?\sin)\s\d+\s?min\w*|top\sof\sthe\shour|(?:thanks|thank\syou)\s(?:\w+\s){0,3}for\s(?:joining|coming|being|participating|hosting|taking\spart|chatting)|join\s(?:us|in)|late\sto\sthe\s(?:party|chat)|that'?s\s(?:a\swrap|it\sfor)|town\shall|\w*chat\s(?:each|every|will)\s|moderat\w+|host(?:ing|ed)?\s(?:tonight|today|this)|transcript|no\sagenda|we(?:'re|’re|\sare)\s(?:on|live|back)|
    pr[oó]xim[oa]\s(?:chat|semana|charla)|gracias\spor\s(?:participar|venir|acompa)|prochain\s\w+|merci\s(?:[aà]\stous\s)?(?:pour|d')|n[aä]chste\swoche|danke\s(?:f[uü]rs|an\salle)|prossim[ao]|grazie\sa\stutti)\b|\#\w+\sis\s(?:now\s)?(?:open|on|live|back)\b"
);
pattern!(
    CANCELS,
    r"\b(?:cancel(?:l?ed|l?ing|s)?|call(?:ed|ing)?\s(?:it\s|tonight\s)?off|postponed?|no\s\#?\w*chat\s(?:tonight|today|this)|no\s\#\w+\s(?:tonight|today|this)|taking\s(?:a|this)\s(?:break|week|month)|(?:back|return\w*)\snext\s(?:week|month)|cancelad[oa]|annul[eé]e?|f[aä]llt\s(?:heute\s)?aus|abgesagt|annullat[oa]|afgelast)\b"
);
pattern!(
    ELSEWHERE,
    r"\b(?:(?:live[-\s]?)?tweeting\s(?:from|at|live|some)|live[-\s]?tweet\w*|panel\s(?:discussion|is|are|on|at)|panell?ists?|keynotes?|speakers?\s(?:says?|asks?)|watch(?:ing)?\s(?:here|live|now|it\slive|the\s(?:live\s?stream|stream|show|keynote))|live\s?stream\w*|on\sthe\sstream|on\sair|on\stv|now\sshowing)\b"
);
// Somebody opens a tag for days, and says for how long.
pattern!(
    WEEK_OPENS,
    r"\b(?:(?:is|are)\s(?:now\s)?(?:open|live|here|underway)|(?:begins|starts|kicks\soff)\s(?:today|now|here)|has\s(?:begun|started)|welcome\sto|day\s(?:1|one)\b|kick(?:ing|s)?\soff|we(?:'re|\sare)\soff|
    (?:ist|sind)\s(?:er[öo]ffnet|offen)|startet\sheute|willkommen|empieza\shoy|arranca|bienvenid[oa]s|commence\saujourd'hui|c'est\sparti|bienvenue|inizia\soggi|benvenut[ie]|começa\shoje|bem-vind[oa]s|begint\svandaag|welkom|börjar\sidag|välkom\w+|dimulai|selamat\sdatang)\b"
);
pattern!(
    WEEK_LASTS,
    r"\b(?:(?:all|this\swhole|the\s(?:whole|entire|rest\sof\sthe))\sweek\b|week[-\s]?long|for\s(?:a|one|the\snext)\sweek|(?:until|till|til|through|thru)\s(?:the\send\sof\sthe\sweek|(?:this\s|next\s)?(?:thurs|fri|satur|sun)day)|(?:next|for)\s(?:five|six|seven|5|6|7)\sdays|slow[-\s]?chat|
    toda\sla\ssemana|hasta\sel\s(?:jueves|viernes|sábado|domingo)|toute\sla\ssemaine|jusqu'(?:à|au)\s(?:jeudi|vendredi|samedi|dimanche)|(?:die|eine)\s(?:ganze\s)?woche\slang|die\sganze\swoche|bis\s(?:donnerstag|freitag|samstag|sonntag)|tutta\sla\ssettimana|fino\sa\s(?:giovedì|venerdì|sabato|domenica)|semana\s(?:toda|inteira)|toda\sa\ssemana|até\s(?:quinta|sexta|sábado|domingo)|de\shele\sweek|tot\sen\smet\s(?:donder|vrij|zater|zon)dag|hela\sveckan|(?:till|t\.o\.m\.)\s(?:fre|lör|sön)dag|sepanjang\sminggu|seminggu\spenuh)"
);
pattern!(
    CLOSES,
    r"\b(?:that(?:'?s|\sis|’s)\s(?:(?:nearly|almost)\s)?(?:a\swrap|all|it\sfor|(?:our|the)\s(?:hour|time|chat)|time\b)|(?:fins|hasta|até)\saqu[ií]\b|das\swar'?s\b|dat\swas\s(?:het|'m)|det\svar\sallt|(?:è|é|es)\stutto\sper|por\shoje\sé\ssó|c'est\stout\spour|sekian\b|time'?s\sup|time,\splease|same\stime\snext|(?:thanks|thank\syou|many\sthanks)\s(?:\S+\s){0,6}for\s(?:joining|coming|being|participating|taking\spart|chatting|a\s(?:great|wonderful|lovely|fantastic|terrific|lively))|thanks\s(?:all|everyone|everybody|\#\w+)|thank\syou\s(?:all|everyone|everybody|\#\w+)|(?:thanks|thank\syou)\s(?:to\s(?:everyone|everybody|all)|for\s(?:a|another|this|the)\s(?:\w+\s)?(?:hour|evening|chat))|our\snext\s\#?\w*chat|next\s\#?\w*chat\s|see\syou\s(?:all\s)?next|top\sof\sthe\shour|gracias\sa\stod|merci\s[aà]\stou|danke\san\salle|grazie\sa\stutti|obrigad[oa]\sa\stod)\b"
);
pattern!(
    NEXT,
    r"\b(?:next\s?(?::|chat|time|week|one|month|session|hour|meeting|up\b|is\b|on\b|\#|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|same\stime|(?:we(?:'re|’re|\sare)\sback|see\syou(?:\sall)?(?:\sback)?)\s(?:on|in|next|the)|recap|summary|transcript|write-?up|storify|
    resumen|resumo|zusammenfassung|résumé|riassunto|samenvatting|sammanfattning|rangkuman|pr[óo]xim[oa]|(?:el|la)\spropera?\b|prochaine?|nächste[nrs]?|prossim[oa]|volgende|nästa|(?:torna|vuelve|volvemos|tornem|ritorna|voltamos|revient)\s(?:il|el|la|le|dia|em|en|lun|mart|mer|gio|ven|sab|dom)|minggu\sdepan|berikutnya|(?:zwei|two|dos|deux|due|twee|två|dua)\s(?:wochen|weeks|semanas|semaines|settimane|weken|veckor|minggu))"
);
pattern!(
    HOSTS_ITSELF,
    r"\b(?:i(?:'?m|\sam|'?ll\sbe|\swill\sbe|\sam\sgoing\sto\sbe|'?ve\sbeen)?\s(?:[\w,]+\s){0,4}(?:hosting|moderating|(?:steering|chairing|facilitating|driving)\s(?:today|tonight|this)|on\sthe\s(?:door|clock)|(?:keeping|minding|watching)\s(?:the\s)?(?:time|clock|door)|time-?keep\w+|at\sthe\swheel|in\sthe\schair|(?:co-?)?moderator|guest\s(?:moderator|host)|your\s(?:host|moderator|mod))|(?:excited|stoked|happy|thrilled|honou?red|delighted|pleased|glad|proud)\s(?:\w+\s){0,2}(?:to\s(?:host|moderate|be\s(?:hosting|moderating|your))|hosting|moderating)|my\sco-?(?:host|moderator)|(?:&|and)\si\s(?:will\sbe|are|'ll\sbe)\s(?:moderating|hosting)|soy\s(?:el|la)\smoderador|modero|j'anime|ich\smoderiere|modero\sio|eu\smodero)\b"
);
pattern!(
    ROLE_SIEVE,
    r"(?i-u:host|mod|lead|led\s|run|acompa|nosotr|nous\b|noi\b|conosco|facilit|anim|guest|invit|gast|ospit|convid|hono|pleasure|delight|thrill|excited|\sus\b|welcome\sto\s@|,?\swho\s)"
);
pattern!(
    HOSTED_BY,
    r"(?:(?:moderated|hosted|led|co-?hosted|run)\s(?:\w+\s){0,2}by|(?:our|tonight'?s|today'?s|this\sweek'?s|your|guest|the)\s(?:\w+\s){0,2}(?:moderators?|hosts?|mods?|co-?hosts?)(?:\s(?:is|are|tonight|today|team|led\sby))?|co-?(?:moderators?|hosts?|moderating|hosting)\s(?:with\s)?|moderado\spor|modera|animé\spar|moderiert\svon|moderato\sda)[^@?]{0,40}(?P<who>(?:@[\w.@-]+[\s,&]*(?:and\s|und\s|et\s|y\s)?)+)"
);
pattern!(
    THANKED_HOST,
    r"(?:thanks|thank\s(?:you|u)|thx|ty|shout\s?-?out|kudos|props)[^.!?]{0,60}?(?P<who>(?:@[\w.@-]+[\s,&]*(?:and\s)?)+)[^.!?@]{0,30}?\b(?:for\s(?:\w+\s){0,2}(?:moderating|hosting|mod'?ing|co-?hosting|leading|running|facilitating)|(?:moderating|mod'?ing|hosting))"
);
pattern!(
    LATER,
    r"\b(?:next\s(?:week|month|time|session|chat|\#|\w*day|year|guest|host|mod\w*|one|one's)|upcoming|will\sbe|tomorrow|in\s(?:two|2|three|3)\sweeks|(?:el|le|am|den|dia|il|op|tanggal)\s\d{1,2}\b|pr[óo]xim[oa]|prochaine?|nächste[nrs]?|prossim[oa]|volgende|nästa|last\s(?:week|month|time|night)|(?:on\s)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.?\s\d|\d{1,2}(?:st|nd|rd|th)?\s(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*|willing\sto|anyone|would\syou|want\sto|looking\sfor)\b"
);
pattern!(
    GUEST,
    r"(?:(?:our|tonight['’]?s|today['’]?s|special|this\sweek['’]?s|as|featured|the)\s(?:\w+\s){0,2}guests?|guest\s(?:expert|speaker|author|panell?ists?)|(?:our|tonight['’]?s|today['’]?s|this\sweek['’]?s)\s(?:\w+\s){0,2}(?:experts?|speakers?|panell?ists?)|(?:joined|join(?:ing)?\sus)\s(?:\w+\s){0,3}(?:by|is|are)|(?:special|featured)\sguests?|(?:i|we)\shave\sthe\s(?:honou?r|pleasure)|nuestr[oa]\sinvitad[oa]|notre\sinvit[eé]e?|unser(?:en|e)?\sgast|il\snostro\sospite|noss[oa]\sconvidad[oa]|onze\sgast|\bnos\sacompañan?|\bzu\sgast\b|\bte\sgast\b|\b(?:hoy|esta\s(?:noche|tarde))\s(?:\w+\s){0,2}con\snosotr[oa]s|\b(?:ce\ssoir|aujourd['’]hui)\s(?:\w+\s){0,2}avec\snous|\b(?:stasera|oggi)\s(?:\w+\s){0,2}con\snoi|\b(?:hoje|esta\snoite)\s(?:\w+\s){0,2}conosco)[^@?.!]{0,120}(?P<who>(?:@[\w.@-]+[\s,&]*(?:\([^()]{1,60}\)[\s,&]*)?(?:and\s|und\s|et\s|y\s|e\s|en\s)?)+)"
);
pattern!(
    GUEST_JOINS,
    r"(?:with\sus(?:\s(?:tonight|today|this\s(?:evening|afternoon|morning|week)))?(?:\s(?:is|are)|\swe\shave|:)\s(?P<with>(?:@[\w.@-]+[\s,&]*(?:\([^()]{1,60}\)[\s,&]*)?(?:and\s)?)+))|(?:(?:warm|special|big|huge)\swelcome\sto\s|(?:delighted|thrilled|excited|honou?red|happy|pleased|lucky|proud|glad)\s(?:\w+\s){0,4})(?P<who>(?:@[\w.@-]+[\s,&]*(?:and\s)?)+)(?:[^.!?@]{0,20}\b(?:joins?|joining|with)\sus\b|,?\swho\s)"
);
pattern!(
    INVITED,
    r"\b(?:(?:thanks|thank\syou|thx)\s(?:so\smuch\s|very\smuch\s)?for\s(?:having|inviting)\s(?:me|us)|(?:glad|happy|great|good|lovely|delighted|honou?red|pleased|excited|thrilled)\sto\s(?:be\s(?:here|with\syou|invited|joining)|join\syou)|gracias\spor\s(?:la\sinvitaci[oó]n|invitarme)|encantad[oa]\s(?:de\s(?:estar|que\sme)|por)|\w+\sfor\s(?:having|inviting)\s(?:me|us)|(?:thrilled|honou?red|flattered)\sto\sbe\sasked|danke\s(?:f[uü]r\sdie|euch\sf[uü]r\sdie)\seinladung|merci\s(?:pour|de)\sl['’]?\s?invitation|grazie\s(?:per|del)l['’]?\s?\w*\s?invito|obrigad[oa]\spelo\sconvite|bedankt\svoor\sde\suitnodiging|tack\sf[oö]r\sinbjudan)\b"
);
// What only somebody says who was asked to come.
pattern!(
    WAS_INVITED,
    r"\b(?:\w+\sfor\s(?:having|inviting)\s(?:me|us)|(?:thrilled|honou?red|flattered|delighted)\sto\s(?:be|have\sbeen)\s(?:asked|invited)|(?:gracias|gr[àa]cies|merci|danke|grazie|obrigad[oa]|bedankt|dank|tack|terima\s?kasih)\b[^.!?\n]{0,30}\b(?:invita|einlad|invito|convite|convid|uitnodig|inbjud|undang)\w*|que\sme\sinvit\w+)\b"
);
pattern!(
    AT_MINE,
    r"^(?:(?:and|so|well|yes|yep|yeah|oh|ah)[,\s]+)?(?:(?:here\s|over\s)?(?:at|in)\s(?:my|our)|en\s(?:mi|mis|nuestr[oa]s?)|dans\s(?:ma|mon|mes|notre|nos)|chez\s(?:moi|nous)|bei\s(?:mir|uns)|(?:in|an)\s(?:mein|unser)\w*|n(?:a\sminha|o\smeu|a\snossa|o\snosso)|n(?:el\smio|ella\smia|el\snostro|ella\snostra)|da\snoi|bij\s(?:mij|ons)|(?:in|op)\s(?:mijn|ons|onze)|hos\s(?:mig|oss)|p[åa]\s(?:min|mitt|vår|vårt))\s(?P<what>\w+)"
);
// A statement of one's own that ends in a question mark: `I've only ever had one, so 1?`
pattern!(
    OWN_GUESS,
    r"^(?:(?:hmm+|um+|well|so|oh|ok|honestly|haha)[,.\s…]+)?(?:i|i'(?:m|ve|d|ll)|i’(?:m|ve|d|ll)|we|we'(?:re|ve|d|ll)|we’(?:re|ve|d|ll)|my|our|mine|ours|maybe|perhaps|probably|yo|nosotr[oa]s|mi|quizás?|tal\svez|je|j'ai|nous|peut-être|ich|wir|mein\w*|vielleicht|io|noi|forse|eu|n[oó]s|talvez|ik|wij|misschien|jag|vi|kanske|saya|kami|mungkin)\s"
);
pattern!(
    ASKS_BACK,
    r"\b(?:you|your|u|anyone|anybody|wonder\w*|curious|what|how|why|which|who|where|does|mean|clarify|vous|votre|tu|ihr|euch|jemand|vosotr[oa]s|ustedes|alguien|voi|qualcuno|vocês?|alguém|jullie|iemand|ni|någon)\b"
);
pattern!(GUEST_HOST, r"guest\s(?:co-?)?(?:host|mod|lead)");
pattern!(
    FIRST_TIME,
    r"\b(?:my\s(?:very\s)?(?:first|1st)\s(?:ever\s)?(?:\#\w+|\#?\w*chat|tweet\s?chat|twitter\s?chat)|(?:my\s(?:very\s)?)?(?:first|1st)\s(?:ever\s)?time\s?(?:here|joining|attending|participating|taking\spart|(?:at|on|in|with|for)\s(?:this|the|a|\#|you)|\#|[.!,;:)\-–]|$)|first\s(?:ever\s)?(?:\#\w*chat|twitter\s?chat|tweet\s?chat)\b|first[-\s]?timer|(?:i'?m|i\sam|am|totally|brand|pretty)\snew\s(?:here|to\s(?:this|the|twitter\s?chats|\#|these))|newbie\shere|mi\sprimer[ao]?\s(?:vez|chat|\#)|primera\svez|ma\spremi[eè]re|premi[eè]re\sfois\sici|zum\sersten\smal\s(?:hier|dabei)|mein\serste[rs]?\s(?:\#|chat)|prima\svolta\squi|primeira\svez\saqui|eerste\skeer\shier)"
);
pattern!(
    SOON,
    r"(?:^\W*(?P<at_first>\d{1,2})\s?min(?:ute)?s?\b)|\b(?:(?:in|t\s?-?\s?minus|starts?\sin|en|dans|tra|em|over|dalam)\s(?P<minutes>\d{1,2}|five|ten|fifteen|twenty|thirty)\s?min|(?P<left>\d{1,2}|five|ten|fifteen|twenty|thirty)[\s-]?min(?:ute)?s?\s(?:to|until|till|before)\b)"
);
pattern!(
    MINUTES,
    r"\b(?:\d{1,2}|one|two|three|four|five|ten|eine|zwei|drei|fünf|zehn|une|deux|trois|cinq|dix|un|dos|tres|cinco|diez|um|duas|três|dez|een|één|twee|drie|vijf|tien|en|två|fem|tio)\s(?:more\s|nog\s)?min\w*|\bhalf\s?way\b"
);
pattern!(LENGTH, r"\b(?P<minutes>\d{2})[\s-]?min(?:ute)?s?\s(?:\#?\w*chat|session|long)");

/// The text without what opens it.
fn proper(text: &str) -> &str {
    text.get(opening(text)..).unwrap_or(text)
}

/// Greeting, introduction, thanks or farewell.
pub(crate) fn is_courtesy(text: &str) -> bool {
    let proper = proper(text);
    GREETING.is_match(proper)
        || UNSPACED_COURTESY.is_match(proper)
        || THANKS.is_match(proper)
        || INTRODUCTION.is_match(text)
        || I_AM.is_match(proper)
        || FAREWELL.is_match(text)
}

/// A greeting that opens a text, to a name or the room.
pub(crate) fn greets(text: &str) -> bool {
    let proper = proper(text);
    let hello = GREETING.find(proper).is_some_and(|hello| !proper[hello.end()..].starts_with('?'));
    let bare = hello && !HOUR_OF_DAY.is_match(proper);
    bare || UNSPACED_COURTESY.is_match(proper) || HI_ALL.is_match(text)
}

/// Whether a greeting goes to somebody by name: `Hi @bea`.
pub(crate) fn greets_name(text: &str) -> bool {
    let proper = proper(text);
    GREETING.find(proper).is_some_and(|hello| {
        proper[hello.end()..].trim_start_matches([' ', ',', '!']).starts_with('@')
    })
}

/// Agreement and applause: `So true!`.
pub(crate) fn is_reaction(text: &str) -> bool {
    REACTION.is_match(proper(text))
}

/// What is done where the author is: `At our library students do it, too`.
pub(crate) fn tells_of_own(text: &str) -> bool {
    // `In my opinion` tells nothing of a place.
    const NO_PLACE: [&str; 14] = [
        "opini", "view", "humb", "humil", "mind", "eye", "book", "defen", "head", "dream",
        "meinung", "augen", "mening", "ogen",
    ];
    AT_MINE.captures(proper(text)).is_some_and(|it| {
        let what = it.name("what").map_or("", |what| what.as_str());
        !NO_PLACE.iter().any(|no| what.to_lowercase().starts_with(no))
    })
}

/// Whether somebody says that they were asked to come.
pub(crate) fn was_invited(text: &str) -> bool {
    WAS_INVITED.is_match(text)
}

/// Whether somebody says how it is with them, and puts a question mark behind it.
pub(crate) fn guesses(text: &str) -> bool {
    let text = proper(text);
    OWN_GUESS.is_match(text) && !ASKS_BACK.is_match(text)
}

/// Thanks anywhere in the text.
pub(crate) fn thanks(text: &str) -> bool {
    THANKED.is_match(text)
}

/// How the room is to answer: `please begin with A1`.
pub(crate) fn instructs(text: &str) -> bool {
    // Such a post names an answer's label, in upper case, or speaks of numbers or of the format.
    let spoken = ["A1", "A 1", "A#", "R1", "S1", "J1", "umber", "ormat", "style", "works"];
    spoken.iter().any(|it| text.contains(it)) && INSTRUCTION.is_match(text)
}

/// The words of a host's announcement taken out.
pub(crate) fn without_announcement(text: &str) -> std::borrow::Cow<'_, str> {
    ANNOUNCEMENT.replace_all(text, " ")
}

/// A host's word that a question comes, or is there: `Q2 coming up`.
pub(crate) fn is_announcement(text: &str) -> bool {
    ANNOUNCEMENT.is_match(text)
}

/// Whether anything is asked.
pub(crate) fn asks(text: &str) -> bool {
    text.contains(['?', '？', '؟'])
}

/// Whether most of the words ask: a question at the end of a long answer does not undo it.
pub(crate) fn mostly_asks(text: &str) -> bool {
    if !asks(text) {
        return false;
    }
    let mut asking = 0;
    let mut all = 0;
    for sentence in text.split_inclusive(['?', '？', '؟', '.', '!', '\n', '…']) {
        let count = count_words(sentence);
        all += count;
        asking += if asks(sentence) { count } else { 0 };
    }
    asking * 2 >= all
}

/// Whether the words open as a question or a request does.
pub(crate) fn is_interrogative(words: &str) -> bool {
    INTERROGATIVE.is_match(proper(words))
}

/// Whether the words open as a question does that needs its mark: `Is it …` asks, `is the hard one` tells.
pub(crate) fn needs_its_mark(words: &str) -> bool {
    AUXILIARY.is_match(proper(words))
}

/// The words of somebody who opens a room.
pub(crate) fn opens(text: &str) -> bool {
    OPENS.is_match(text)
}

/// The words of somebody who opens a tag for a week, or until a day.
pub(crate) fn opens_a_week(text: &str) -> bool {
    WEEK_LASTS.is_match(text) && WEEK_OPENS.is_match(text)
}

/// The words of people who know that they meet.
pub(crate) fn meets(text: &str) -> bool {
    MEETS.is_match(text) || OPENS.is_match(text)
}

/// Whether somebody tells of the next meeting, or where this one can be read.
pub(crate) fn tells_of_the_next(text: &str) -> bool {
    NEXT.is_match(text)
}

/// The words of somebody who closes a room.
pub(crate) fn closes(text: &str) -> bool {
    CLOSES.is_match(text)
}

/// Thanks or farewell.
pub(crate) fn parts(text: &str) -> bool {
    THANKS.is_match(proper(text)) || FAREWELL.is_match(text) || CLOSES.is_match(text)
}

/// Whether a text sends people elsewhere: to a stream, to a broadcast.
pub(crate) fn is_elsewhere(text: &str) -> bool {
    ELSEWHERE.is_match(text)
}

/// Whether a text says that there is no meeting.
pub(crate) fn cancels(text: &str) -> bool {
    CANCELS.is_match(text)
}

/// Whether the author says that it is they who host, now.
pub(crate) fn hosts_itself(text: &str) -> bool {
    HOSTS_ITSELF.find(text).is_some_and(|said| {
        // "Hosting @somebody_else this week" is another house.
        !text[said.end()..].trim_start().starts_with('@') && !LATER.is_match(text)
    })
}

/// The handles, without `@`, that a text names as hosts of this meeting.
pub(crate) fn hosts_named(text: &str) -> Vec<String> {
    if !text.contains('@') || !ROLE_SIEVE.is_match(text) {
        return Vec::new();
    }
    let mut who: Vec<String> =
        THANKED_HOST.captures(text).as_ref().map(handles).unwrap_or_default();
    if !LATER.is_match(text) {
        who.extend(HOSTED_BY.captures(text).as_ref().map(named).unwrap_or_default());
    }
    who
}

/// Whether the author is glad to be here, as somebody is who was invited.
pub(crate) fn is_invited(text: &str) -> bool {
    INVITED.is_match(text)
}

/// Whether a text speaks of next week, or of last.
pub(crate) fn is_of_another_time(text: &str) -> bool {
    LATER.is_match(text)
}

/// The handles, without `@`, that a text names as guests of this meeting.
pub(crate) fn guests_named(text: &str) -> Vec<String> {
    if LATER.is_match(text) { Vec::new() } else { guests_in(text) }
}

/// The handles, without `@`, that a text names as guests of some meeting.
pub(crate) fn guests_in(text: &str) -> Vec<String> {
    if !text.contains('@') || !ROLE_SIEVE.is_match(text) {
        return Vec::new();
    }
    let found = GUEST.captures(text).filter(|found| !GUEST_HOST.is_match(&found[0]));
    found
        .as_ref()
        .map(named)
        .or_else(|| GUEST_JOINS.captures(text).as_ref().map(handles))
        .unwrap_or_default()
}

/// The handles after a role: one after a single host or guest, none where the role is another's.
fn named(captures: &regex::Captures<'_>) -> Vec<String> {
    let whole = captures.get(0).map_or("", |whole| whole.as_str()).to_lowercase();
    let role = whole.split('@').next().unwrap_or_default();
    if role.contains(" and ") || role.contains(" list") {
        return Vec::new();
    }
    // Verbs that go with several names, and with one.
    let several = [
        "acompaña",
        "nosotr",
        "zu gast",
        "avec nous",
        "con noi",
        "conosco",
        "hosts",
        "mods",
        "moderators",
        "guests",
        "by",
        "are",
        "honou",
        "pleasure",
    ];
    let most = if several.iter().any(|it| role.contains(it)) { usize::MAX } else { 1 };
    handles(captures).into_iter().take(most).collect()
}

fn handles(captures: &regex::Captures<'_>) -> Vec<String> {
    let who = captures.name("who").or_else(|| captures.name("with"));
    let who = who.map_or("", |who| who.as_str());
    who.split('@')
        .map(|handle| handle.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_'))
        .map(|handle| handle.split_whitespace().next().unwrap_or_default().trim_end_matches(','))
        .filter(|handle| !handle.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Whether the author says that they are here for the first time.
pub(crate) fn is_first_time(text: &str) -> bool {
    FIRST_TIME.is_match(text)
}

/// The minutes after which something starts, as announced: `in 15 minutes`.
pub(crate) fn starts_in(text: &str) -> Option<i64> {
    if !text.contains("min") && !text.contains("MIN") && !text.contains("Min") {
        return None;
    }
    let found = SOON.captures(text)?;
    let minutes =
        ["minutes", "left", "at_first"].into_iter().find_map(|it| found.name(it))?.as_str();
    match &*minutes.to_lowercase() {
        "five" => Some(5),
        "ten" => Some(10),
        "fifteen" => Some(15),
        "twenty" => Some(20),
        "thirty" => Some(30),
        digits => digits.parse().ok(),
    }
}

/// Whether a text names a number of minutes, or says that half of them are over.
pub(crate) fn names_minutes(text: &str) -> bool {
    MINUTES.is_match(text)
}

/// The minutes that a meeting lasts, as announced: `a 40 minute chat`.
pub(crate) fn lasts(text: &str) -> Option<i64> {
    let minutes = LENGTH.captures(text)?.name("minutes")?;
    // "in 30 minutes #gardenchat" says when.
    if text.get(..minutes.start())?.trim_end().to_lowercase().ends_with("in") {
        return None;
    }
    let minutes = minutes.as_str().parse().ok()?;
    (20..=90).contains(&minutes).then_some(minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn courtesies() {
        for text in [
            "Hi #gardenchat! Bea from Leeds",
            "@rosa Thank you for hosting",
            "Late to the party, what did I miss",
            "Joining from a train",
            "Good night all",
            "¡Hola! Bea desde Cádiz",
            "こんばんは！よろしく",
            "I'm Bea, head gardener at a large park",
        ] {
            assert!(is_courtesy(text), "{text}");
        }
        for text in
            ["I water them late in the evening", "Beans need company", "Highland cattle eat mine"]
        {
            assert!(!is_courtesy(text), "{text}");
        }
    }

    #[test]
    fn hosts_and_guests() {
        assert!(hosts_itself("Welcome! I'm Bea and I'll be moderating tonight"));
        assert!(hosts_itself("So excited to host #gardenchat this evening"));
        assert!(!hosts_itself("I am hosting @soilweek right now"));
        assert!(!hosts_itself("Happy to host next month"));
        assert_eq!(hosts_named("Thanks to @bea and @cleo for moderating"), ["bea", "cleo"]);
        assert_eq!(hosts_named("Tonight is moderated by @Dora"), ["dora"]);
        assert_eq!(hosts_named("Thanks to our host @bea and @dora for the good tips"), ["bea"]);
        assert_eq!(guests_named("Thanks to our guest list editor @bea"), Vec::<String>::new());
        assert_eq!(hosts_named("Next week moderated by @dora"), Vec::<String>::new());
        assert_eq!(guests_named("Please welcome our special guest @dr_loam!"), ["dr_loam"]);
        assert_eq!(guests_named("A warm welcome to @dr_loam, who grows beans"), ["dr_loam"]);
        assert_eq!(guests_named("So excited to have @dr_loam with us tonight"), ["dr_loam"]);
        assert_eq!(guests_named("Our guest moderator is @bea"), Vec::<String>::new());
        assert_eq!(guests_named("Welcome @dr_loam!"), Vec::<String>::new());
        let both = guests_named("With us: @dr_loam (soil) and @bea_b (bees). Be kind");
        assert_eq!(both, ["dr_loam", "bea_b"]);
        assert_eq!(guests_named("Esta noche nos acompaña el autor, @dr_loam"), ["dr_loam"]);
        assert_eq!(guests_named("Fale conosco @loja_verde"), Vec::<String>::new());
        assert_eq!(guests_named("The icon noise of @bea_b"), Vec::<String>::new());
        assert!(is_invited("Good evening, thanks for having me") && is_invited("Glad to be here"));
        assert!(!is_invited("The beans are glad to be watered"));
    }

    #[test]
    fn times() {
        assert_eq!(starts_in("#gardenchat in 15 minutes!"), Some(15));
        assert_eq!(starts_in("T minus 5 minutes"), Some(5));
        assert_eq!(starts_in("Ten minutes to #gardenchat"), Some(10));
        assert_eq!(starts_in("5 mins until we start"), Some(5));
        assert_eq!(lasts("one of our 40 minute chats"), Some(40));
        assert_eq!(lasts("I soak them for 10 minutes"), None);
    }

    #[test]
    fn the_rest() {
        assert!(is_first_time("This is my first #gardenchat!"));
        assert!(is_first_time("First time here, be gentle"));
        assert!(!is_first_time("My first beans came up"));
        assert!(!is_first_time("Sowed my peas for the first time this year"));
        assert!(!is_first_time("My first time growing in raised beds"));
        assert!(is_first_time("My first time here!"));
        assert!(is_first_time("Is this where the chat is? First timer here"));
        assert_eq!(lasts("Join us in 30 minutes #gardenchat"), None);
        assert!(!is_courtesy("Typically early in the morning"));
        assert!(is_announcement("Q2 coming up"));
        assert!(instructs("Please answer with A1, A2 and so on"));
        assert!(instructs("We’ll be using a Q1/A1 format"));
        assert!(instructs("please begin your answers with A and the number"));
        assert!(!instructs("What is the answer to slugs?"));
        assert!(!instructs("I use a 5 litre can"));
        assert!(is_reaction("@bea So true!"));
        assert!(is_interrogative("what do you sow first"));
        assert!(opens("Welcome to #gardenchat"));
        assert!(closes("That's a wrap for tonight"));
        assert!(closes("Thank you all for joining us tonight"));
        assert!(meets("our next chat is in May"));
        assert!(asks("Really?"));
        assert!(mostly_asks("Why beans? And who waters them?"));
        assert!(!mostly_asks("Because they need company, and so do I. Right?"));
    }
}
