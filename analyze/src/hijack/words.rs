//! What a text says, counted word by word in one pass.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// What the words of a text show.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Said {
    /// Words; links, names and tags left out.
    pub(super) words: usize,
    /// Hashes of its longer words, sorted and distinct.
    pub(super) topic: Vec<u64>,
    pub(super) offer: usize,
    pub(super) action: usize,
    pub(super) goods: usize,
    pub(super) digest: usize,
    pub(super) free: usize,
    pub(super) money: usize,
    pub(super) we: usize,
    pub(super) i: usize,
    pub(super) you: usize,
    pub(super) exclaims: usize,
    pub(super) asks: usize,
    pub(super) colon: usize,
    pub(super) digits: usize,
    pub(super) pictures: usize,
    /// Share of words in capitals.
    pub(super) capitals: f32,
    /// Share of words that begin with a capital.
    pub(super) titled: f32,
    /// Share of the text that is tags.
    pub(super) tags_share: f32,
}

/// What a word or a pair of words speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Offer,
    Action,
    Goods,
    Digest,
    Free,
    We,
    I,
    You,
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
    (Kind::Digest, "follow-back|followback|unfollowers|unfollowed"),
    (
        Kind::Digest,
        "daily is|stories via|top stories|new followers|new follower|unfollowed me|gain followers|follow back|latest influencers|report is|educational daily|education daily|news daily",
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

struct Tables {
    words: FxHashMap<&'static str, Kind>,
    /// By first word, then second.
    pairs: FxHashMap<&'static str, Vec<(&'static str, Kind)>>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables { words: FxHashMap::default(), pairs: FxHashMap::default() };
    for &(kind, list) in TABLE {
        for entry in list.split('|') {
            match entry.split_once(' ') {
                Some((first, second)) => {
                    tables.pairs.entry(first).or_default().push((second, kind));
                }
                None => {
                    tables.words.entry(entry).or_insert(kind);
                }
            }
        }
    }
    tables
});

impl Said {
    /// Reads a text.
    pub(super) fn of(text: &str) -> Self {
        let mut said = Self::default();
        let mut shape = Shape::default();
        let mut before = String::new();
        let mut lower = String::new();
        for token in text.split_whitespace() {
            if token.contains("://") {
                continue;
            }
            if token.starts_with('#') {
                shape.tags += token.len();
                continue;
            }
            if token.starts_with('@') {
                continue;
            }
            said.marks(token);
            if token.ends_with('!') && token.eq_ignore_ascii_case("out!") && before == "is" {
                said.digest += 1;
            }
            for word in
                token.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’' | '-' | '%'))
            {
                let word = word.trim_matches(['\'', '’', '-']);
                if word.is_empty() {
                    continue;
                }
                lower.clear();
                lower.extend(
                    word.chars()
                        .map(|c| if c == '’' { '\'' } else { c })
                        .flat_map(char::to_lowercase),
                );
                said.word(word, &lower, &before, &mut shape);
                std::mem::swap(&mut before, &mut lower);
            }
        }
        said.finish(&shape, text);
        said
    }

    /// Takes in the signs of a token.
    fn marks(&mut self, token: &str) {
        self.exclaims += token.matches('!').count();
        self.asks += token.matches(['?', '？']).count();
        self.colon += token.matches(':').count();
        self.digits += token.bytes().filter(u8::is_ascii_digit).count();
        if !token.is_ascii() {
            self.pictures += token
                .chars()
                .filter(|c| ('\u{2600}'..'\u{1fb00}').contains(c) && !c.is_alphabetic())
                .count();
        }
        let digit_after = |sign: char| {
            token
                .split_once(sign)
                .is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        let digit_before = token
            .split_once('%')
            .is_some_and(|(head, _)| head.ends_with(|c: char| c.is_ascii_digit()));
        self.money += usize::from(digit_before || ['$', '£', '€'].into_iter().any(digit_after));
    }

    fn word(&mut self, written: &str, word: &str, before: &str, shape: &mut Shape) {
        self.words += 1;
        shape.capitals += usize::from(written.len() > 2 && written.chars().all(char::is_uppercase));
        shape.titled += usize::from(written.starts_with(char::is_uppercase));
        let tables = &*TABLES;
        let kind = tables.words.get(word).copied();
        self.count(kind);
        if let Some(pairs) = tables.pairs.get(before) {
            let pair = pairs.iter().find(|(second, _)| *second == word).map(|(_, kind)| *kind);
            self.count(pair);
        }
        let grammar = matches!(kind, Some(Kind::Stop | Kind::We | Kind::I | Kind::You));
        if !grammar && word.chars().count() > 2 && !word.starts_with(|c: char| c.is_ascii_digit()) {
            self.topic.push(super::repeats::hash(word));
        }
    }

    fn count(&mut self, kind: Option<Kind>) {
        match kind {
            Some(Kind::Offer) => self.offer += 1,
            Some(Kind::Action) => self.action += 1,
            Some(Kind::Goods) => self.goods += 1,
            Some(Kind::Digest) => self.digest += 1,
            Some(Kind::Free) => self.free += 1,
            Some(Kind::We) => self.we += 1,
            Some(Kind::I) => self.i += 1,
            Some(Kind::You) => self.you += 1,
            Some(Kind::Stop) | None => {}
        }
    }

    fn finish(&mut self, shape: &Shape, text: &str) {
        let words = self.words.max(1) as f32;
        self.capitals = shape.capitals as f32 / words;
        self.titled = shape.titled as f32 / words;
        self.tags_share = shape.tags as f32 / text.len().max(1) as f32;
        let daily = text.contains("Daily!") || text.contains("Weekly!");
        let digest = daily && text.to_lowercase().contains("the latest");
        self.digest += usize::from(digest || text.contains("paper.li"));
        self.topic.sort_unstable();
        self.topic.dedup();
    }
}

/// What is summed up for shares.
#[derive(Debug, Default)]
struct Shape {
    capitals: usize,
    titled: usize,
    tags: usize,
}

/// Applications that post by schedule, or forward from elsewhere.
pub(super) fn is_scheduler(app: &str) -> bool {
    const APPS: &[&str] = &[
        "hootsuite",
        "buffer",
        "sprout",
        "hubspot",
        "dlvr",
        "ifttt",
        "zapier",
        "later",
        "socialoomph",
        "coschedule",
        "sprinklr",
        "publer",
        "edgar",
        "smarterqueue",
        "recurpost",
        "loomly",
        "agorapulse",
        "crowdfire",
        "postcron",
        "roundteam",
        "wordpress",
        "paper.li",
        "twitterfeed",
        "linkedin",
        "facebook",
        "instagram",
        "tumblr",
        "teacherspayteachers",
        "salesforce",
        "falcon",
        "meltwater",
        "promorepublic",
        "sendible",
        "tailwind",
        "missinglettr",
        "revive",
        "bot",
        "social",
        "wptweetily",
        "scoop.it",
        "pinterest",
    ];
    let app = app.to_lowercase();
    APPS.iter().any(|known| app.contains(known))
}

/// Applications in somebody's hand.
pub(super) fn is_by_hand(app: &str) -> bool {
    let app = app.to_lowercase();
    ["iphone", "android", "ipad", "ios", "mobile"].iter().any(|hand| app.contains(hand))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_by_what_they_speak_of() {
        let said = Said::of(
            "Our NEW e-book: 20% off, sign up today! Get yours at https://shop.example #garden @bea",
        );
        // "Sign up" and "get yours" act; the e-book is goods, and so is "our new".
        assert_eq!((said.offer, said.action, said.goods), (0, 2, 2));
        assert_eq!((said.we, said.money, said.i, said.exclaims, said.colon), (1, 1, 0, 1, 1));
        let talk = Said::of("A1: I water mine in the evening, how about you?");
        assert_eq!((talk.offer, talk.action, talk.goods), (0, 0, 0));
        assert_eq!((talk.i, talk.you, talk.asks, talk.money), (2, 1, 1, 0));
        assert!(
            Said::of("The latest Garden Daily! https://paper.example Thanks to @bea").digest > 0
        );
        assert_eq!(Said::of("I dig daily").digest, 0);
        assert_eq!(Said::of(""), Said::default());
    }
}
