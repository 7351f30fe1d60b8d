//! Who was said to host a meeting, or to be its guest, before it began.
//!
//! Organisers tell the tag days ahead who will lead and who is invited, and in the hour itself often
//! greet both by first name only. Only what the meeting's own moderators said counts in the end;
//! here it is only read.

use colloquy_transcript::{AuthorId, CompactString, Post, PostKind, Timestamp};
use jiff::SignedDuration;
use regex::Captures;

use crate::discover::later;
use crate::phrases::{self, pattern};
use crate::seen::{Room, Seen};
use crate::sieve::Sieved;
use crate::words::lowered;

/// Nobody announces a meeting longer ahead of it …
const AHEAD: SignedDuration = SignedDuration::from_hours(10 * 24);
/// … and a role is spoken of within so many characters of the name.
const NAME_MIN: usize = 4;

pattern!(
    HOST_BEFORE_NAME,
    r"\b(?:co-?)?(?:host(?:s|ed|ing)?|moderat(?:or|ors|es|ed|ing)|mods?|facilitat(?:or|es|ed|ing)|leads?|led|leading|run|chair(?:s|ed|ing)?|presenta|presentan|presenteert|conduce|conduz|modera|moderan|modérée?|animée?|anime|moderiert|moderieren|leitet|leidt|leder|apresenta|dipandu|pemandu|assisted|helps|helping|helpt|help|hilft|ayuda|hjälper)
    (?:\s(?:by|is|are|for|us|this|tonight|today|tomorrow|will|be|por|par|von|da|dal|door|av|oleh|hoy|heute|oggi|hoje|vanavond|ikväll|com\sa\sgente|con\snosotr[oa]s|avec\snous|mit\suns|é|è|es|est|ist|a|la|el|o|il))*\s?[:：]?\s
    (?P<who>(?:@[\w.@-]+[\s,&+]*(?:(?:and|und|et|y|e|en|och|dan)\s)?)+|(?-i:\p{Lu}\p{Ll}{3,}))"
);
pattern!(
    HOST_BEHIND_NAME,
    r"(?P<who>@[\w.@-]+|(?-i:\p{Lu}\p{Ll}{3,}))\s(?:(?:is|are|will(?:\sbe)?|as|as\syour)\s)?(?:(?:co-?|guest[\s-])?(?:hosts\b|host\b|hosting|moderates|moderating|moderator)|leads\b|leading|helps\b|helping|assists|assisting|hilft|aide\b|ayuda\b|ajuda\b|aiuta\b|hjälper|helpt\b|takes?\s(?:over|the\s(?:chair|wheel))|taking\sover|in\sthe\schair|facilitat\w+|modera\b|presenta\b|anime\b|moderiert|übernimmt|leitet|leidt|presenteert|leder\b|conduce\b|conduz\b|apresenta\b|memandu)"
);
pattern!(
    AND_I,
    r"(?P<who>@[\w.@-]+)\s(?:and|&|y|et|und|e|en|och|dan)\s(?:i|me|myself|yo|moi|ich|io|eu|ik|jag|saya)\b"
);
pattern!(
    THANKED_NAME,
    r"\b(?:thanks|thank\s(?:you|u)|thx)\s(?:so\smuch\s)?(?:to\s)?(?P<who>(?-i:\p{Lu}\p{Ll}{3,}))[^.!?@]{0,20}\bfor\s(?:\w+\s)?(?:hosting|moderating|leading|facilitating|running)"
);
pattern!(
    GUEST_BEFORE_NAME,
    r"\b(?:with|featuring|feat|joined\sby|welcom(?:e|ing)|guest|mit|zu\sgast|gast|avec|reçoit|recevons|accueill\w+|invitée?|con|recib\w+|invitad[oa]|com|recebe\w*|convidad[oa]|ospit\w+|met|ontvang\w+|med|gäst\w*|bersama|tamu)\b(?:\sus!?)?[:：]?\s[^.!?@]{0,60}(?P<who>(?:@[\w.@-]+[\s,&+]*(?:(?:and|und|et|y|e|en|och|dan)\s)?)+)"
);
pattern!(
    GUEST_BEHIND_NAME,
    r"(?P<who>@[\w.@-]+)[^.!?@]{0,40}\b(?:joins\b|will\sjoin|is\sjoining|joining\sus|är\smed\b|gästar|nos\sacompaña|sera\savec\snous|ist\s(?:dabei|zu\sgast)|è\scon\snoi|schuift\saan|te\sgast|(?:as|is)\sour\s(?:\w+\s)?guest)"
);
pattern!(
    COMING,
    r"\b(?:tonight|today|tomorrow|this\s(?:week|evening|afternoon|morning|\w+day)|next\s(?:week|\w+day)|mon|tues?|weds?|thu|thurs|fri|sat|sun|\w+day|\d{1,2}(?:[:.]\d\d)?\s?(?:am|pm|h|uhr|utc|gmt|bst|ce?s?t|[ecmp]s?t|wib)|
    hoy|mañana|esta\s(?:noche|tarde)|lunes|martes|miércoles|jueves|viernes|sábado|domingo|ce\ssoir|demain|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|heute|morgen|\w+tag|mittwoch|stasera|oggi|domani|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|hoje|amanhã|segunda|terça|quarta|quinta|sexta|vanavond|vandaag|\w+dag|i\s?kväll|i\smorgon|malam\sini|besok|senin|selasa|rabu|kamis|jumat|sabtu|minggu)\b"
);
pattern!(
    OVER,
    r"\b(?:last\s(?:week|night|month|time|\w+day)|yesterday|recap|transcript|storify|summary|in\s(?:two|2|three|3|four|4)\sweeks|next\smonth|willing|anyone|looking\sfor|want\sto|would\syou|ayer|hier|gestern|ieri|ontem|gisteren|i\s?går|kemarin)\b"
);

/// Words that begin a sentence as a name does.
const NO_NAMES: [&str; 30] = [
    "your",
    "ours",
    "this",
    "that",
    "these",
    "thanks",
    "thank",
    "welcome",
    "hello",
    "please",
    "join",
    "next",
    "last",
    "chat",
    "twitter",
    "will",
    "with",
    "when",
    "what",
    "where",
    "here",
    "they",
    "everyone",
    "guest",
    "great",
    "good",
    "evening",
    "morning",
    "community",
    "team",
];

/// Whom one post names for a meeting to come: handles without `@`, or first names, in lower case.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Announcement {
    at: Timestamp,
    /// Who said so.
    pub(crate) author: AuthorId,
    /// Who is to lead.
    pub(crate) hosts: Vec<CompactString>,
    /// Who is invited.
    pub(crate) guests: Vec<CompactString>,
}

impl Announcement {
    /// What `seen` announces, if anything: nothing in what is passed on, in a reply, or in what looks back.
    pub(crate) fn of(seen: &Seen) -> Option<Self> {
        let post = seen.post();
        if !post.is_original() || post.kind == PostKind::Reply || OVER.is_match(&post.text) {
            return None;
        }
        let hosts = hosts(&post.text);
        let guests = guests(post, &hosts);
        let says = !hosts.is_empty() || !guests.is_empty();
        says.then(|| Self { at: post.created_at, author: post.author.id.clone(), hosts, guests })
    }
}

/// Who is said to lead, or is thanked for having led.
pub(crate) fn hosts(text: &str) -> Vec<CompactString> {
    let patterns = [&HOST_BEFORE_NAME, &HOST_BEHIND_NAME, &AND_I, &THANKED_NAME];
    let mut found: Vec<CompactString> =
        patterns.iter().filter_map(|it| it.captures(text)).flat_map(|it| names(&it)).collect();
    found.extend(phrases::hosts_named(text).into_iter().map(CompactString::from));
    found.sort_unstable();
    found.dedup();
    found
}

fn guests(post: &Post, hosts: &[CompactString]) -> Vec<CompactString> {
    let text = &post.text;
    if !text.contains('@') {
        return Vec::new();
    }
    let mut found: Vec<CompactString> =
        phrases::guests_in(text).into_iter().map(CompactString::from).collect();
    if COMING.is_match(text) {
        let patterns = [&GUEST_BEFORE_NAME, &GUEST_BEHIND_NAME];
        found.extend(patterns.iter().filter_map(|it| it.captures(text)).flat_map(|it| names(&it)));
    }
    found.retain(|guest| !hosts.contains(guest));
    found.sort_unstable();
    found.dedup();
    found
}

/// The handles and names of a match.
fn names(captures: &Captures<'_>) -> Vec<CompactString> {
    let who = captures.name("who").map_or("", |who| who.as_str());
    if !who.contains('@') {
        let name = lowered(who);
        let no_name = NO_NAMES.contains(&name.as_str()) || COMING.is_match(&name);
        return if no_name { Vec::new() } else { vec![name] };
    }
    let handles = who.split('@').filter_map(|part| part.split([' ', ',', '&', '+', '\n']).next());
    handles
        .map(|handle| handle.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_'))
        .filter(|handle| !handle.is_empty())
        .map(lowered)
        .collect()
}

/// What was announced since the meeting before.
#[derive(Debug, Default)]
pub(crate) struct Announced(Vec<Announcement>);

impl Announced {
    /// Takes in what posts (of a week that is settled) announce.
    pub(crate) fn hear(&mut self, posts: &[Seen]) {
        self.0.extend(posts.iter().filter_map(Announcement::of));
        if let Some(last) = posts.last() {
            let from = later(last.at(), -AHEAD);
            self.0.retain(|it| it.at >= from);
        }
    }

    /// What was said from `since` on of a meeting that opens at `opens_at`: in settled weeks, and in
    /// `posts`, which are held yet.
    pub(crate) fn of_meeting(
        &self,
        since: Timestamp,
        opens_at: Timestamp,
        posts: &[&Seen],
    ) -> Vec<Announcement> {
        let from = since.max(later(opens_at, -AHEAD));
        let held = posts.iter().filter_map(|seen| Announcement::of(seen));
        let mut found: Vec<Announcement> = self.0.iter().cloned().chain(held).collect();
        found.retain(|it| it.at >= from && it.at < opens_at);
        found
    }

    /// Forgets everything: it is read again, or of a meeting that is over.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The author in the room who is called so: by handle, or, if only one of them is, by the first part of a
/// handle or of a name.
pub(crate) fn called(room: &Room<'_>, name: &str) -> Option<u32> {
    if let Some(&author) = room.handles().get(name) {
        return Some(author);
    }
    if name.chars().count() < NAME_MIN {
        return None;
    }
    let is_called = |at: usize| {
        let author = &room.posts[at].post().author;
        let handle = author.handle.as_deref().map(lowered).unwrap_or_default();
        let display = author.name.as_deref().map(lowered).unwrap_or_default();
        let parts = |text: &str| text.split(|c: char| !c.is_alphabetic()).any(|it| it == name);
        parts(&handle) || parts(&display)
    };
    let originals = (0..room.posts.len()).filter(|&at| room.posts[at].post().is_original());
    let mut found: Vec<u32> =
        originals.filter(|&at| is_called(at)).map(|at| room.author(at)).collect();
    found.sort_unstable();
    found.dedup();
    match found[..] {
        [only] => Some(only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use colloquy_transcript::{Author, Platform, PostId};

    use super::*;

    #[test]
    fn hosts_are_announced_in_many_ways() {
        for (text, expected) in [
            ("Thursday 8pm: #gardenchat. Hosting for us: @bea_b", vec!["bea_b"]),
            ("24 hours to go! Your co-host tomorrow is @bea_b #gardenchat", vec!["bea_b"]),
            ("Este miércoles vuelve #gardenchat. Presenta @bea_b", vec!["bea_b"]),
            ("Sabtu ini jam 19.00: #gardenchat. Host: @bea_b. Ajak teman!", vec!["bea_b"]),
            ("Tonight @bea_b takes over #gardenchat", vec!["bea_b"]),
            ("I kväll är det #gardenchat. Beatrix leder", vec!["beatrix"]),
            ("Moderated by @bea_b and @cleo this Sunday", vec!["bea_b", "cleo"]),
            ("That was #gardenchat. Thanks to Beatrix for hosting", vec!["beatrix"]),
            ("Tonight @bea_b is helping me, and watches the clock", vec!["bea_b"]),
            ("El martes a las 21 h @bea_b y yo llevamos #gardenchat", vec!["bea_b"]),
            ("Hoje quem conduz com a gente é a Beatrix", vec!["beatrix"]),
            ("Vanavond helpt @bea_b mij", vec!["bea_b"]),
            ("My beans lead a good life @bea_b", vec![]),
            ("We lead the way with new tools", vec![]),
        ] {
            assert_eq!(hosts(text), expected, "{text}");
        }
    }

    #[test]
    fn guests_are_announced_with_a_day() {
        let guests_of = |text: &str| {
            let author = Author::unknown(AuthorId::new(Platform::X, "1"));
            let id = PostId::new(Platform::X, "1");
            let post = Post::original(id, Timestamp::UNIX_EPOCH, author, text.to_owned());
            guests(&post, &hosts(text))
        };
        for (text, expected) in [
            ("Tomorrow 7.30pm: slugs with @dr_loam, author of a book", vec!["dr_loam"]),
            ("Weds 9pm BST #gardenchat: soil, with chief digger @dr_loam", vec!["dr_loam"]),
            ("Mercredi 21h c'est #gardenchat ! On reçoit @dr_loam", vec!["dr_loam"]),
            ("Am Donnerstag um 19:30 Uhr. Zu Gast: @dr_loam", vec!["dr_loam"]),
            ("I morgon kl. 19: @dr_loam från arkivet är med", vec!["dr_loam"]),
            ("Wed 8:30 ET #gardenchat: we've got a digger with us! @dr_loam", vec!["dr_loam"]),
            ("Having tea with @dr_loam", vec![]),
            ("Tuesday: hosted by @bea_b with @dr_loam as our guest", vec!["dr_loam"]),
        ] {
            assert_eq!(guests_of(text), expected, "{text}");
        }
    }
}
