//! Who was said to host a meeting, or to be its guest, before it began.
//!
//! Organisers tell the tag days ahead who will lead and who is invited, and in the hour itself often
//! greet both by first name only. Only what the meeting's own moderators said counts in the end;
//! here it is only read.

use colloquy_transcript::{AuthorId, CompactString, Post, PostKind, Timestamp};
use jiff::SignedDuration;
use regex::Captures;

use crate::discover::later;
use crate::known::Known;
use crate::phrases::{self, pattern};
use crate::seen::{Room, Seen};
use crate::sieve::Sieved;
use crate::words::{as_written, lowered};

/// Nobody announces a meeting longer ahead of it.
const AHEAD: SignedDuration = SignedDuration::from_hours(10 * 24);

// `hosted by @x`, `Host: @x`; of other languages also verbs before their subject. A first name counts
// behind such words as well.
pattern!(
    HOST_BEFORE_NAME,
    r"\b(?:
      (?:(?:co-?)?(?:hosts?|hosted|hosting|moderators?|moderated|moderating|mods?)|facilitat(?:or|ed|ing)|led|run|chaired|assisted)
      (?:(?:\s(?:by|is|are|for|us|tonight|today|tomorrow|will|be))+\s?:?|\s?[:：])
     |(?:presenta|presentan|presenteert|conduce|conduz|modera|moderan|modérée?|animée?|anime|moderiert|moderieren|leitet|leidt|apresenta|dipandu|pemandu)
      (?:\s(?:por|par|von|da|dal|door|av|oleh|hoy|heute|oggi|hoje|vanavond|ikväll|com\sa\sgente|con\snosotr[oa]s|avec\snous|mit\suns|é|è|es|est|ist|a|la|el|o|il))*\s?[:：]?
    )\s(?P<who>(?:@[\w.@-]+[\s,&+]*(?:(?:and|und|et|y|e|en|och|dan)\s)?)+|(?-i:\p{Lu}\p{Ll}{3,})\b)"
);
// `@x hosts tonight`: what they host is this, and no lab or podcast.
pattern!(
    HOST_BEHIND_NAME,
    r"(?P<who>@[\w.@-]+|\b(?-i:\p{Lu}\p{Ll}{3,}))\)?\s(?:(?:and|&|y|et|und|e|en|och)\s(?:\S+\s){0,3}(?:team|crew|equipo|équipe|equipe|gang)\s)?(?:(?:is|are|will|will\sbe|as|as\syour)\s)?
    (?:(?:co-?|guest[\s-])?(?:hosts?|hosting|moderates|moderating|moderator)|leads|leading|takes?\sover|taking\sover|takes\sthe\schair|in\sthe\schair|facilitates|facilitating|modera|presenta|anime|moderiert|übernimmt|leitet|leidt|presenteert|leder|(?:has|opens|minds|keeps|watches|is\son)\sthe\s(?:door|clock|time)|is\smy\s(?:partner\sin\scrime|co-?pilot|right\shand)|conduce|conduz|apresenta|memandu)
    \s?(?:$|[\#.,!?…:;)\n]|us\b|for\sus|tonight|today|tomorrow|the\schat|this\s|again|heute|hoy|esta\s|vanavond|i\s?kväll|stasera|oggi|hoje|ce\ssoir|och\s|and\s|y\s|und\s|et\s|e\s|en\s)"
);
pattern!(
    HELPS,
    r"(?P<who>@[\w.@-]+)\s(?:is\s)?(?:helps|helping|assists|assisting|hilft|ayuda|ajuda|aiuta|hjälper|helpt)\s(?:me|us|out|mir|uns|mij|ons|mig|oss)\b|\b(?:help|helpt|hilft|hjälper)\s(?P<with>@[\w.@-]+)\s(?:mij|me|ons|mir|uns|mig|oss)\b"
);
pattern!(
    AND_I,
    r"(?P<who>@[\w.@-]+)\s(?:and|&|y|et|und|e|en|och)\s(?:i|yo|moi|ich|io|eu|ik|jag)\s(?:(?:will|are|'ll|'re)\s)?(?:be\s)?(?:about\b|around\b|here\s(?:to|for|all|till|until)\b|on\shand|your\shosts|host\w*|lead\w*|moderat\w*|run|take\syou|taking\sover|llevamos|haremos|moderamos|presentamos|anim(?:er)?ons|moderieren|leiten|conduciamo|conduzimos|leiden|leder)\b"
);
pattern!(
    THANKED_NAME,
    r"\b(?:thanks|thank\s(?:you|u)|thx)\s(?:so\smuch\s)?(?:to\s)?(?P<who>(?-i:\p{Lu}\p{Ll}{3,}))\b[^.!?@]{0,20}\bfor\s(?:\w+\s)?(?:hosting|moderating|leading|facilitating|running)"
);
pattern!(
    GUEST_BEFORE_NAME,
    r"\b(?:(?:featuring|joined\sby|welcom(?:e|ing)|guest|gast|reçoit|recevons|accueill\w+|invitée?|recib\w+|invitad[oa]|recebe\w*|convidad[oa]|ospit[ei]|ontvang\w+|gäst|tamu|with\sus)\b!?[:：]?\s[^.!?@]{0,60}
    |(?:w/\s?|(?:with|mit|avec|con|com|met|med|bersama|viene|vienen|vient|kommt|vem|komt)\s)(?P<between>[^.!?@]{0,40}))(?P<who>(?:@[\w.@-]+[\s,&+]*(?:(?:and|und|et|y|e|en|och|dan)\s)?)+)"
);
pattern!(
    GUEST_BEHIND_NAME,
    r"\bkommt\s(?P<with>@[\w.@-]+)\s(?:dazu|zu\suns|vorbei)\b|(?P<who>@[\w.@-]+)[^.!?@]{0,40}\b(?:joins\b|is\scoming\b|will\s(?:be\s(?:here|there)|answer|join)|answers\s(?:your|all)|is\sjoining|joining\sus|är\smed\b|gästar|nos\sacompaña|sera\savec\snous|(?:ist|kommt)\s(?:dabei|dazu|zu\sgast|zu\suns)|è\scon\snoi|schuift\saan|(?:de|como|as|als|come|en|com)\s(?:our\s|unser\w*\s|notre\s)?(?:convidad[oa]|invitad[oa]|guest|gast|ospite|invitée?)\b|te\sgast|(?:as|is)\s(?:our|my)\s(?:\w+\s)?guest)"
);
// Guests without an account in the announcement: `Cllr Penrose will be here`.
pattern!(
    GUEST_BY_NAME,
    r"\b(?P<who>(?-i:\p{Lu}\p{Ll}{3,}))\s(?:joins\sus\b|(?:will|'ll)\s(?:be\s(?:here|with\sus|joining)|join\sus)\b|is\s(?:joining\sus|our\s(?:\w+\s)?guest)\b|ist\s(?:dabei|zu\sgast)\b|kommt\sdazu\b|nos\sacompaña\b|sera\savec\snous\b|è\scon\snoi\b|schuift\saan\b)"
);
// What stands between `with` and a name where something is given away, or passed on.
pattern!(NO_GUEST, r"\b(?:from|by|thanks|prizes?|giveaway|sponsor\w*|win|von|de|van|från|dari)\b");
pattern!(
    COMING,
    r"\b(?:tonight|today|tomorrow|this\s(?:week|evening|afternoon|morning)|next\sweek|tues?|weds?|thurs?|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d{1,2}(?:[:.]\d\d)?\s?(?:am|pm|h|uhr|utc|gmt|bst|ce?s?t|[ecmp]s?t|wib)|
    hoy|mañana|esta\s(?:noche|tarde)|lunes|martes|miércoles|jueves|viernes|sábado|domingo|ce\ssoir|demain|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|heute|morgen|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|stasera|oggi|domani|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|hoje|amanhã|segunda|terça|quarta|quinta|sexta|vanavond|vandaag|(?:maan|dins|woens|donder|vrij|zater|zon)dag|i\s?kväll|i\smorgon|(?:mån|tis|ons|tors|fre|lör|sön)dag|malam\sini|besok|senin|selasa|rabu|kamis|jumat|sabtu|minggu)\b"
);
// An hour of the clock.
pattern!(
    HOUR,
    r"\b\d{1,2}(?:[:.]\d\d)?\s?(?:am|pm|uhr|utc|gmt|bst|wib|noon|[ecmp]st|[ecmp]dt|ce?s?t)\b|\b(?:[01]?\d|2[0-3])(?::[0-5]\d|\s?h(?:[0-5]\d)?)\b|\d\s?(?-i:[ECMP]T)\b|
    \b(?:at|a\slas|a\sles|às|um|kl\.?|om|à|alle|ab|jam|pukul)\s(?:[01]?\d|2[0-3])(?:[.:][0-5]\d)?(?:$|[.,!;)\n]|\s(?:[\#@–—-]|sharp|tonight|today|tomorrow|on\b))|
    \b(?:noon|midday|o'clock|half\s(?:past\s)?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))\b|\bin\s(?:an|one|1|two|2)\shours?\b"
);
pattern!(
    OVER,
    r"\b(?:last\s(?:week|night|month|time|\w+day)|yesterday|recap|transcript|storify|summary|in\s(?:two|2|three|3|four|4)\sweeks|next\smonth|willing|anyone|looking\sfor|want\sto|would\syou|ayer|gestern|ieri|ontem|gisteren|i\s?går|kemarin)\b"
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
    /// Whether it says on which day, or at what hour.
    pub(crate) tells_when: bool,
}

impl Announcement {
    /// What `seen` announces, if anything: nothing in what is passed on, in a reply, or in what looks back.
    pub(crate) fn of(seen: &Seen) -> Option<Self> {
        let post = seen.post();
        if !post.is_original() || post.kind == PostKind::Reply {
            return None;
        }
        let hosts = hosts(&post.text);
        let guests = guests(post, &hosts);
        // Few posts name anybody or an hour, so what most end at comes first.
        let tells_when = HOUR.is_match(&post.text);
        let names = tells_when || !hosts.is_empty() || !guests.is_empty();
        (names && !OVER.is_match(&post.text)).then(|| Self {
            at: post.created_at,
            author: post.author.id.clone(),
            hosts,
            guests,
            tells_when: tells_when || COMING.is_match(&post.text),
        })
    }
}

/// Who is said to lead, or is thanked for having led; no one whom the same words call a guest.
pub(crate) fn hosts(text: &str) -> Vec<CompactString> {
    let patterns = [&HOST_BEFORE_NAME, &HOST_BEHIND_NAME, &HELPS, &AND_I, &THANKED_NAME];
    let mut found: Vec<CompactString> =
        patterns.iter().filter_map(|it| it.captures(text)).flat_map(|it| names(&it)).collect();
    found.extend(phrases::hosts_named(text).into_iter().map(CompactString::from));
    let guests = phrases::guests_in(text);
    found.retain(|host| !guests.iter().any(|guest| guest == host));
    found.sort_unstable();
    found.dedup();
    found
}

fn guests(post: &Post, hosts: &[CompactString]) -> Vec<CompactString> {
    let text = &post.text;
    let mut found: Vec<CompactString> =
        phrases::guests_in(text).into_iter().map(CompactString::from).collect();
    if COMING.is_match(text) {
        let gives = |it: &Captures<'_>| {
            it.name("between").is_some_and(|between| NO_GUEST.is_match(between.as_str()))
        };
        let before = GUEST_BEFORE_NAME.captures(text).filter(|it| !gives(it));
        let behind = GUEST_BEHIND_NAME.captures(text);
        let by_name = GUEST_BY_NAME.captures(text);
        found.extend([before, behind, by_name].iter().flatten().flat_map(names));
    }
    found.retain(|guest| !hosts.contains(guest));
    found.sort_unstable();
    found.dedup();
    found
}

/// The handles and names of a match.
fn names(captures: &Captures<'_>) -> Vec<CompactString> {
    let who = captures.name("who").or_else(|| captures.name("with"));
    let who = who.map_or("", |who| who.as_str());
    if !who.contains('@') {
        let name = lowered(who);
        let no_name = NO_NAMES.contains(&name.as_str()) || COMING.is_match(&name);
        return if no_name { Vec::new() } else { vec![name] };
    }
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '&' | '+');
    let handles = who.split('@').filter_map(|part| part.split(ends).next());
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

/// What these moderators of the room said of it before, and what others said who knew that they would lead:
/// if the chat knows them, and they speak of others than themselves.
pub(crate) fn said_by<'a>(
    room: &Room<'_>,
    moderators: &[u32],
    known: &Known<'a>,
) -> Vec<&'a Announcement> {
    let said = known.announced.iter().filter(|it| {
        let is = |name: &CompactString| called(room, name);
        let leads = |name: &CompactString| is(name).is_some_and(|at| moderators.contains(&at));
        let own = |name: &CompactString| {
            is(name).is_some_and(|at| *room.authors[at as usize] == it.author)
        };
        moderators.iter().any(|&by| *room.authors[by as usize] == it.author)
            || (it.hosts.iter().any(leads)
                && known.knows(&it.author)
                && !it.hosts.iter().chain(&it.guests).any(own))
    });
    said.collect()
}

/// The author in the room who is called so: by handle, or, if only one of them is, by a part of a handle or
/// of a name.
pub(crate) fn called(room: &Room<'_>, name: &str) -> Option<u32> {
    room.handles().get(name).copied().or_else(|| *room.names().get(name)?)
}

/// Whom a post to all names, by handle or first name.
pub(crate) fn named(room: &Room<'_>, at: usize) -> Vec<u32> {
    let post = room.posts[at].post();
    if post.kind == PostKind::Reply {
        return Vec::new();
    }
    let names = as_written(&post.text).filter(|word| word.starts_with(char::is_uppercase));
    let names = names.map(lowered).chain(post.mentions.iter().map(|it| lowered(it)));
    names.filter_map(|name| called(room, &name)).filter(|&it| it != room.author(at)).collect()
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
            ("The week is open! @bea_b and I will be about", vec!["bea_b"]),
            ("Saturday 8:30: #gardenchat. @bea_b has the door", vec!["bea_b"]),
            ("Beatrix (@bea_b) and the Kew team host today", vec!["bea_b"]),
            ("My beans lead a good life @bea_b", vec![]),
            ("@bea_b and the whole team wish you a good week", vec![]),
            ("We lead the way with new tools", vec![]),
            ("Please help @bea_b with her survey on slugs", vec![]),
            ("Which apps help Teachers most?", vec![]),
            ("@bea_b and I swap seeds today", vec![]),
            ("Tonight 8pm: our guest @bea_b leads the soil lab at Kew", vec![]),
            ("Tonight @bea_b hosts a podcast elsewhere", vec![]),
            ("Happy to host @bea_b tonight", vec![]),
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
            ("Am Donnerstag aus Wien kommt @dr_loam dazu", vec!["dr_loam"]),
            ("Weds 7.30pm: #gardenchat on slugs. Cllr Loamley will be here", vec!["loamley"]),
            ("Having tea with @dr_loam", vec![]),
            ("Sign up at gardens.com/join via @dr_loam on Wednesday", vec![]),
            ("Spring will be here on Wednesday", vec!["spring"]),
            ("Tonight on #gardenchat: a giveaway with prizes from @dr_loam", vec![]),
            ("Happy birthday! I met @dr_loam at the show", vec![]),
            ("Use the hashtag! Lovely lunch with @dr_loam", vec![]),
            ("Tonight 8pm: our guest @dr_loam leads the soil lab at Kew", vec!["dr_loam"]),
            ("Tuesday: hosted by @bea_b with @dr_loam as our guest", vec!["dr_loam"]),
        ] {
            assert_eq!(guests_of(text), expected, "{text}");
        }
    }

    #[test]
    fn an_hour_is_told_in_many_ways() {
        for text in [
            "Thursday 8pm ET: #gardenchat",
            "#gardenchat tomorrow 19:30",
            "Jeudi à 20h30, #gardenchat",
            "Este martes a las 22h en #gardenchat",
            "Join us at 7 tonight",
            "Noon ET, #gardenchat",
            "Thursday = half seven",
        ] {
            assert!(HOUR.is_match(text), "{text}");
        }
        for text in [
            "Trowels at 50% off all week",
            "It sprouts at 20 degrees",
            "Les points 3 et 4 du programme",
            "Bed 12 has slugs again",
        ] {
            assert!(!HOUR.is_match(text), "{text}");
        }
    }
}
