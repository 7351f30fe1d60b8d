//! From the cells of a row to a post.

use std::borrow::Cow;

use colloquy_transcript::{Author, AuthorId, Platform, Post, PostId, Timestamp};

use super::{
    super::{
        Decoded, Found, Links, Reading, Rejection, class, derive, is_name, line_ends, note, time, x,
    },
    Column, Field, Row, cell,
    cell::Id,
    clock::{self, Moment},
};
use crate::account::kind;
use crate::decode::Format;

/// A row's identity.
enum Identity {
    /// The post's id, and its number where it has one.
    Known(PostId, Option<u64>),
    /// What rounding left of its number.
    About(Option<u64>),
}

impl Row<'_> {
    /// Decodes the row.
    pub(super) fn decode(&self, reading: &Reading, out: &mut Decoded) {
        if self.cells.iter().all(|cell| cell::filled(cell).is_none()) {
            out.unrelated.push(kind::EMPTY_ROW);
            return;
        }
        if self.get(Field::Protected).and_then(cell::flag) == Some(true) {
            out.unrelated.push(kind::NOT_PUBLIC);
            return;
        }
        match self.found(reading, &mut out.notes) {
            Ok(found) => out.posts.push(found),
            Err(rejection) => out.rejected.push(rejection),
        }
    }

    fn found(&self, reading: &Reading, notes: &mut Vec<&'static str>) -> Result<Found, Rejection> {
        let (identity, rounded) = self.identity(notes);
        let number = match &identity {
            Identity::Known(_, number) | Identity::About(number) => *number,
        };
        let created_at = self.created_at(number, reading, notes)?;
        let platform = match &identity {
            Identity::Known(id, _) => id.platform(),
            Identity::About(_) => Platform::X,
        };
        let author = self.author(platform, reading)?;
        let text = self.text(notes)?;
        let mut links = Links::default();
        let id = match identity {
            Identity::Known(id, _) => id,
            Identity::About(about) => {
                notes.push(note::ID_DERIVED);
                links.later.extend(about.map(x::about_id));
                derive::post_id(&author, created_at, &text)
            }
        };
        let mut post = Post::original(id, created_at, author, text);
        self.references(&mut post, rounded, &mut links);
        self.add_lists(&mut post);
        let count = |field| self.get(field).and_then(cell::count);
        post.like_count = count(Field::LikeCount);
        post.repost_count = count(Field::RepostCount);
        post.reply_count = count(Field::ReplyCount);
        post.lang = x::lang(self.get(Field::Lang).and_then(|lang| lang.split(',').next()));
        post.source_app = x::source_app(self.get(Field::SourceApp));
        Ok(Found { post, links })
    }

    /// The row's id, from its column or from the post's address, and whether a spreadsheet rounded
    /// the row's numbers.
    fn identity(&self, notes: &mut Vec<&'static str>) -> (Identity, bool) {
        let own = self.get(Field::PostId).map_or(Id::Absent, |id| cell::id(id, self.table.ids));
        let address = self.get(Field::Url);
        let on_x = address.and_then(cell::address);
        // An address is no number to a spreadsheet.
        let stated = on_x.map_or(Id::Absent, |(id, _)| cell::id(id, Column::Whole));
        let exact = |digits: &str| {
            (Identity::Known(PostId::new(Platform::X, digits), digits.parse().ok()), false)
        };
        match (own, stated) {
            (Id::Exact(own), Id::Exact(stated)) if own != stated => {
                let numbers = (own.parse::<u64>(), stated.parse::<u64>());
                if let (Ok(own), Ok(number)) = numbers
                    && cell::is_about(own, number)
                {
                    notes.push(note::ID_FROM_ADDRESS);
                    return (exact(&stated).0, true);
                }
                exact(&own)
            }
            (Id::Exact(own), _) => exact(&own),
            (Id::About(own), Id::Exact(stated)) => match stated.parse::<u64>() {
                Ok(number) if number == own => exact(&stated),
                Ok(number) if cell::is_about(own, number) => {
                    notes.push(note::ID_FROM_ADDRESS);
                    (exact(&stated).0, true)
                }
                _ => (Identity::About(Some(own)), true),
            },
            // Any other name, of a row perhaps, says less than the address.
            (Id::Absent | Id::Other(_), Id::Exact(stated)) => exact(&stated),
            (Id::Lost, Id::Exact(stated)) => {
                notes.push(note::ID_FROM_ADDRESS);
                (exact(&stated).0, true)
            }
            (Id::About(about), _) | (Id::Absent | Id::Lost, Id::About(about)) => {
                (Identity::About(Some(about)), true)
            }
            (Id::Other(name), _) => (other(&name, address), false),
            (Id::Absent, _) => match address {
                Some(address) if on_x.is_none() && is_name(address) => {
                    (other(address, None), false)
                }
                _ => (Identity::About(None), false),
            },
            (Id::Lost, _) => (Identity::About(None), true),
        }
    }

    fn created_at(
        &self,
        number: Option<u64>,
        reading: &Reading,
        notes: &mut Vec<&'static str>,
    ) -> Result<Timestamp, Rejection> {
        let carried = number.and_then(time::snowflake);
        let Some(text) = self.time_text() else {
            return carried.ok_or_else(|| Rejection::new(class::NO_TIME, "no time"));
        };
        let bad = || Rejection::new(class::NO_TIME, format!("the time is {text:?}"));
        match clock::moment(&text, self.table.day_first) {
            Some(Moment::Instant(at)) => Ok(time::refined(at, carried)),
            Some(Moment::Wall(wall, other)) => {
                let stated =
                    self.get(Field::Offset).and_then(|text| clock::stated_offset(wall, text));
                if let Some(at) = stated {
                    return Ok(at);
                }
                let zone = self.zone(reading);
                let told = zone.as_ref().and_then(|zone| clock::in_zone(wall, zone));
                if let Some(at) = carried
                    && [Some(wall), other]
                        .into_iter()
                        .flatten()
                        .any(|wall| clock::could_show(wall, at))
                {
                    let same = |told: Timestamp| (told.as_second() - at.as_second()).abs() <= 60;
                    if !told.is_some_and(same) {
                        notes.push(note::TIME_FROM_ID);
                    }
                    return Ok(at);
                }
                if zone.is_none() {
                    notes.push(note::TIME_WITHOUT_ZONE);
                }
                clock::in_zone(wall, &zone.unwrap_or(jiff::tz::TimeZone::UTC)).ok_or_else(bad)
            }
            Some(Moment::Day(day)) => match carried.filter(|at| clock::could_be(day, *at)) {
                Some(at) => {
                    notes.push(note::TIME_FROM_ID);
                    Ok(at)
                }
                None => Err(Rejection::new(
                    class::NO_TIME,
                    format!("{text:?} is a day without a time, and the id carries none"),
                )),
            },
            None => carried.ok_or_else(bad),
        }
    }

    /// The time in one cell, or put together from date and time.
    fn time_text(&self) -> Option<String> {
        if let Some(at) = self.get(Field::CreatedAt) {
            return Some(at.to_owned());
        }
        match (self.get(Field::Date), self.get(Field::Time)) {
            (Some(date), Some(time)) if !date.contains(':') => Some(format!("{date} {time}")),
            (Some(at), _) | (None, Some(at)) => Some(at.to_owned()),
            (None, None) => None,
        }
    }

    fn author(&self, platform: Platform, reading: &Reading) -> Result<Author, Rejection> {
        // The handle in an address counts where the platform itself put it there.
        let address = self.get(Field::Url).and_then(cell::address).map(|(_, handle)| handle);
        let stated = self.get(Field::AuthorHandle).filter(|handle| *handle != "UNKNOWN");
        let handle = stated
            .map(|handle| handle.trim_start_matches(['@', '=', '"']).trim_end_matches('"'))
            .or(address.filter(|handle| x::is_handle(handle) && *handle != "web"));
        let number =
            self.get(Field::AuthorId).map_or(Id::Absent, |id| cell::id(id, self.table.ids));
        let id = match (platform, &number) {
            (Platform::X, Id::Exact(id)) => x::author_id(Some(id), handle),
            (Platform::X, _) => x::author_id(None, handle),
            (_, Id::Other(id)) if is_name(id) => Ok(AuthorId::new(platform, id)),
            _ => match handle.filter(|handle| is_name(handle)) {
                Some(handle) => Ok(AuthorId::new(platform, &handle.to_lowercase())),
                None => Err(Rejection::new(class::NO_AUTHOR, "neither an account id nor a handle")),
            },
        };
        let id = match id {
            Ok(id) => id,
            Err(rejection) => return reading.owner.clone().ok_or(rejection),
        };
        let count = |field| self.get(field).and_then(cell::count);
        let words =
            |field| self.get(field).map(|text| derive::repaired(&x::text(text)).into_owned());
        Ok(Author {
            id,
            handle: handle.map(Into::into),
            name: words(Field::AuthorName),
            bio: words(Field::AuthorBio),
            followers: count(Field::AuthorFollowers),
            following: count(Field::AuthorFollowing),
            posts: count(Field::AuthorPosts),
            created_at: self.get(Field::AuthorCreatedAt).and_then(|text| {
                match clock::moment(text, self.table.day_first)? {
                    Moment::Instant(at) => Some(at),
                    Moment::Wall(wall, _) => clock::in_zone(wall, &jiff::tz::TimeZone::UTC),
                    Moment::Day(day) => {
                        let midnight = day.to_datetime(jiff::civil::Time::midnight());
                        clock::in_zone(midnight, &jiff::tz::TimeZone::UTC)
                    }
                }
            }),
        })
    }

    /// Text as it was before twarc2 wrote it: line ends as two characters, or the whole as a JSON
    /// string inside the cell.
    fn unescaped<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.table.format != Format::Twarc2Csv {
            return text.into();
        }
        let string = text.starts_with('"').then(|| serde_json::from_str(text).ok()).flatten();
        string.map_or_else(|| text.replace("\\n", "\n").into(), Cow::Owned)
    }

    fn text(&self, notes: &mut Vec<&'static str>) -> Result<String, Rejection> {
        let raw = self
            .all(Field::Text)
            .find(|text| !text.trim().is_empty())
            .ok_or_else(|| Rejection::new(class::NO_TEXT, "no text"))?;
        let raw = self.unescaped(raw);
        let text = x::text(&raw);
        let repaired = derive::repaired(&text);
        if let Cow::Owned(_) = repaired {
            notes.push(note::MOJIBAKE);
        }
        let text = line_ends(repaired);
        match self.get(Field::RepostedText) {
            Some(original) if text.starts_with("RT @") => {
                Ok(x::repost_text(&text, false, self.get(Field::RepostedAuthor), Some(original)))
            }
            _ => Ok(text),
        }
    }
}

/// A post on another platform, or with an id of its own kind.
fn other(name: &str, address: Option<&str>) -> Identity {
    let name = if is_name(name) { Some(name) } else { address.filter(|address| is_name(address)) };
    match name {
        Some(name) if name.starts_with("at://") => {
            Identity::Known(PostId::new(Platform::Bluesky, name), None)
        }
        Some(name) if name.starts_with("http") => {
            Identity::Known(PostId::new(Platform::Mastodon, name), None)
        }
        Some(name) => Identity::Known(PostId::new(Platform::Other, name), None),
        None => Identity::About(None),
    }
}
