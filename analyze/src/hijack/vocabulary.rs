//! Words by what they speak of.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// What a word or a pair of words speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Offer,
    Action,
    Goods,
    Digest,
    Free,
    We,
    I,
    You,
    /// What firms and those who sell say of themselves; it counts in profiles alone.
    Trade,
    /// Grammar: it belongs to no topic.
    Stop,
}

/// Words and pairs of words by what they speak of, the languages of a line side by side.
const TABLE: &[(Kind, &str)] = &[
    (
        Kind::Offer,
        "discount|discounts|coupon|coupons|giveaway|giveaways|bundle|bundles|preorder|pre-order|sale|price|prices|deal|deals|bargain|promo|voucher|cashback|clearance|bogo|rabatt|gutschein|angebot|angebote|descuento|oferta|ofertas|rebajas|sorteo|remise|soldes|promotion|sconto|offerta|desconto|promoção|korting|aanbieding|bestseller|bestselling",
    ),
    (
        Kind::Offer,
        "promo code|use code|discount code|on sale|flash sale|special offer|early bird|limited time|free trial|free shipping|free delivery|pre order|for sale|half price|great value|save up|win a|win your|code promo|código promocional|free download|free webinar|free demo|free sample|free ebook|free resource",
    ),
    (
        Kind::Action,
        "subscribe|rsvp|enroll|enrol|enrolling|register|signup|sign-up|download|buy|purchase|hurry|jetzt|suscríbete|inscríbete|inscrivez-vous|abonnez-vous|abonnieren|iscriviti|inscreva-se|regístrate",
    ),
    (
        Kind::Action,
        "learn more|find out|check out|check it|check us|check this|sign up|register now|register today|register here|join us|join our|follow us|follow me|visit us|visit our|visit my|contact us|contact me|get your|get yours|get started|get a|buy now|shop now|shop our|order now|order yours|order today|dm me|dm us|don't miss|dont miss|click here|click the|book now|book your|book a|apply now|apply today|apply here|apply by|available now|available on|available at|now available|on-demand|on demand|starting at|watch the|watch our|read more|read our|read my|tune in|swipe up|link in|last chance|act now|try our|try it|try out|have a|take a|browse our|browse and|see our|grab your|grab a|pls rt|please rt|please share|plz rt|más información|haz clic|en savoir|plus d'infos|mehr infos|hier klicken|scopri di|saiba mais",
    ),
    (
        Kind::Goods,
        "webinar|webinars|ebook|ebooks|e-book|course|courses|masterclass|bootcamp|training|certification|certificate|product|products|software|platform|curriculum|kit|kits|toolkit|worksheet|worksheets|template|templates|newsletter|podcast|episode|store|shop|merch|consulting|consultant|service|services|solution|solutions|customer|customers|client|clients|demo|pricing|startup|agency|brand|sponsor|sponsored|sponsors|hiring|job|jobs|vacancy|vacancies|career|careers|recruiting|summit|expo|registration|magazine|catalog|catalogue|specialists|warranty|stockist|showroom|supplier|suppliers|range|collection|curso|taller|tienda|producto|productos|formation|boutique|produit|produits|kurs|seminar|produkt|produkte|corso|prodotto|loja|produto|cursus|winkel",
    ),
    (
        Kind::Goods,
        "lesson plan|lesson plans|unit plan|our team|our app|our new|our latest|our newest|our website|our site|our blog|our shop|our store|our page|our product|our products|our range|our services|my store|my shop|my book|my course|my channel|my podcast|my etsy|my tpt|new book|new course|new product|new episode|blog post|whole year|sister site|full service|job opening|is hiring|are hiring|now hiring|is needed|are needed|open position",
    ),
    (
        Kind::Offer,
        "sonderangebot|schnäppchen|ausverkauf|preis|preise|frühbucher|gewinnspiel|verlosung|versandkostenfrei|rabatte|gutscheine|descuentos|promoción|promociones|cupón|cupones|precio|precios|réduction|réductions|offre|offres|prix|livraison|devis|tarif|tarifs|descontos|preço|preços|cupom|frete|sconti|offerte|prezzo|prezzi|spedizione|kortingen|aanbiedingen|prijs|prijzen|winactie|diskon|rabatten|erbjudande",
    ),
    (
        Kind::Action,
        "bestellen|bestellt|kaufen|buchen|anmelden|anmeldung|herunterladen|entdecken|entdecke|compra|comprar|pide|reserva|apúntate|descarga|descárgate|descubre|visítanos|síguenos|achetez|commandez|réservez|découvrez|téléchargez|profitez|compre|reserve|aproveite|baixe|confira|assine|acquista|ordina|prenota|scarica|scopri|approfitta|bestel|koop|boek|ontdek|unduh|beställ|köp",
    ),
    (
        Kind::Goods,
        "onlinekurs|onlinekurse|kurse|seminare|fortbildung|weiterbildung|lehrwerk|dienstleistung|neuerscheinung|klassensatz|bausatz|stellenangebot|stellenanzeige|onlineshop|webshop|cursos|talleres|máster|servicio|catálogo|suscripción|novedades|plazas|matrícula|inscripciones|formations|atelier|ateliers|boutiques|nouveautés|abonnement|logiciel|produtos|serviço|assinatura|aplicativo|lançamento|vagas|matrículas|inscrições|corsi|prodotti|servizio|servizi|catalogo|abbonamento|iscrizioni|cursussen|producten|diensten|aplikasi|kurser",
    ),
    (Kind::Digest, "follow-back|followback|unfollowers|unfollowed"),
    (
        Kind::Digest,
        "daily is|stories via|top stories|new followers|new follower|unfollowed me|gain followers|follow back|latest influencers|report is|educational daily|education daily|news daily",
    ),
    (
        Kind::Trade,
        "ltd|limited|llc|inc|corp|gmbh|plc|sarl|srl|company|companies|firm|business|businesses|studio|retailer|retailers|retail|wholesale|manufacturer|manufacturers|manufacturing|distributor|distributors|provider|providers|provide|providing|dealer|founder|cofounder|co-founder|ceo|owner|entrepreneur|marketer|marketing|realtor|broker|consultancy|consultants|contractor|contractors|specialist|specialising|specializing|specialise|specialize|professional|official|leading|award-winning|premier|premium|quality|handmade|bespoke|enquiries|inquiries|bookings|orders|delivery|shipping|trusted|affordable|luxury|influencer|unternehmen|firma|hersteller|händler|agentur|beratung|dienstleister|inhaber|inhaberin|gründer|gründerin|empresa|empresas|fabricante|agencia|fundador|fundadora|dueño|dueña|servicios|entreprise|société|fabricant|agence|fondateur|fondatrice|azienda|negozio|produttore|fondatore|bedrijf|leverancier|oprichter|serviços",
    ),
    (
        Kind::Trade,
        "call us|email us|shop online|order online|we provide|we offer|we help|we make|we sell|we build|we design|we create|we supply|we deliver|sales consultant|independent consultant|small business|family business|family run|family owned|wir bieten|nous proposons",
    ),
    (Kind::Free, "free|gratis|kostenlos|gratuit|gratuito"),
    (
        Kind::We,
        "we|our|us|ours|we're|we've|we'll|wir|unser|unsere|nosotros|nuestro|nuestra|nous|notre|nos|noi|nostro|nostra|nosso|nossa|wij|ons|onze",
    ),
    (
        Kind::I,
        "i|my|me|i'm|i've|i'll|i'd|mine|ich|mein|meine|yo|mi|je|mon|ma|io|mio|mia|eu|meu|minha|ik|mijn",
    ),
    (
        Kind::You,
        "you|your|you're|yours|u|ur|dich|dein|deine|ihr|euch|tu|tus|usted|vous|votre|vos|você|seu|sua|jij|jouw|uw",
    ),
    (
        Kind::Stop,
        "the|a|an|and|or|of|to|in|on|for|with|at|by|from|is|are|was|were|be|been|it|its|it's|this|that|these|those|as|not|no|so|if|but|all|can|will|just|do|does|did|have|has|had|how|what|when|who|why|which|more|most|new|get|up|out|about|into|over|than|then|there|here|amp|via|rt|one|they|their|he|she|his|her|great|good|some|any|like|now|also|very|too",
    ),
];

/// Words of [`Table::filter`]; a power of two.
const FILTER: usize = 256;

/// Words and pairs of words by their hash, behind a filter: few pairs of words are in the table.
struct Table {
    kinds: FxHashMap<u64, Kind>,
    /// A bit for each hash of the table, and for few others.
    filter: [u64; FILTER],
}

/// The bit of a hash in the filter: the word of it, and the place in that.
fn bit(hash: u64) -> (usize, u64) {
    let mixed = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let word = (mixed >> 6) as usize % FILTER;
    (word, 1 << (mixed % 64))
}

static TABLES: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { kinds: FxHashMap::default(), filter: [0; FILTER] };
    for &(kind, list) in TABLE {
        for entry in list.split('|') {
            let key = match entry.split_once(' ') {
                Some((first, second)) => pair(hash(first), hash(second)),
                None => hash(entry),
            };
            let (word, bit) = bit(key);
            table.filter[word] |= bit;
            table.kinds.entry(key).or_insert(kind);
        }
    }
    table
});

/// The table, looked up once for many words.
#[derive(Clone, Copy)]
pub(super) struct Vocabulary(&'static Table);

impl Default for Vocabulary {
    fn default() -> Self {
        Self(&TABLES)
    }
}

impl Vocabulary {
    /// What the word or the [`pair`] with this hash speaks of.
    #[inline]
    pub(super) fn kind(self, hash: u64) -> Option<Kind> {
        let (word, bit) = bit(hash);
        if self.0.filter[word] & bit == 0 {
            return None;
        }
        self.0.kinds.get(&hash).copied()
    }
}

/// Where the hash of a word begins.
pub(super) const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a (<http://www.isthe.com/chongo/tech/comp/fnv/>), a character in lower case at a time.
pub(super) fn hashed(hash: u64, letter: char) -> u64 {
    (hash ^ u64::from(u32::from(letter))).wrapping_mul(0x0100_0000_01b3)
}

/// The same for a letter of ASCII.
#[inline]
pub(super) fn hashed_byte(hash: u64, letter: u8) -> u64 {
    (hash ^ u64::from(letter)).wrapping_mul(0x0100_0000_01b3)
}

/// The hash of a word in any case.
pub(super) fn hash(word: &str) -> u64 {
    let mut hash = EMPTY;
    for byte in word.bytes() {
        if !byte.is_ascii() {
            return hash_of_any(word);
        }
        hash = hashed_byte(hash, byte.to_ascii_lowercase());
    }
    hash
}

/// The same of a word of any script.
fn hash_of_any(word: &str) -> u64 {
    word.chars().flat_map(char::to_lowercase).fold(EMPTY, hashed)
}

/// The hash of two words in this order.
pub(super) fn pair(first: u64, second: u64) -> u64 {
    first.rotate_left(5) ^ second
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_its_own_hash() {
        let entries: usize = TABLE.iter().map(|(_, list)| list.split('|').count()).sum();
        assert_eq!(
            TABLES.kinds.len(),
            entries,
            "an entry stands in two lines, or two have one hash"
        );
    }

    #[test]
    fn hashes_know_no_case_but_an_order() {
        assert_eq!(hash("Größe"), hash("größe"));
        assert_ne!(pair(hash("on"), hash("sale")), pair(hash("sale"), hash("on")));
        let known = |text: &str| Vocabulary::default().kind(hash(text));
        assert_eq!((known("SALE"), known("beans")), (Some(Kind::Offer), None));
    }
}
