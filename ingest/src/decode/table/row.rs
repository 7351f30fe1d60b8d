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
        let author = self.author(platform, rounded, reading)?;
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
        if let Some(address) = address.filter(|address| cell::is_foreign_post(address))
            && !matches!(own, Id::Other(_))
        {
            return (other(address), false);
        }
        let mut from_address = |digits: &str, rounded: bool| {
            if rounded {
                notes.push(note::ID_FROM_ADDRESS);
            }
            (Identity::of_x(digits), rounded)
        };
        let about = |own: &str, stated: &str| match (own.parse(), stated.parse()) {
            (Ok(own), Ok(stated)) => cell::is_about(own, stated),
            _ => false,
        };
        match (own, self.own_address()) {
            // A number that is none of the platform's, a row's perhaps, says less than the address.
            (Id::Exact(own), Some(stated)) => {
                let rounded = own != stated && about(&own, &stated);
                from_address(&stated, rounded)
            }
            (Id::Exact(own), None) => (Identity::of_x(&own), false),
            (Id::About(own), Some(stated)) => {
                let same = own.to_string() == stated;
                from_address(&stated, !same)
            }
            (Id::Lost, Some(stated)) => from_address(&stated, true),
            (Id::Absent | Id::Other(_), Some(stated)) => from_address(&stated, false),
            (Id::Other(name), None) => (other(&name), false),
            (Id::About(about), None) => (Identity::About(Some(about)), true),
            (Id::Lost, None) => (Identity::About(None), true),
            (Id::Absent, None) => (Identity::About(None), false),
        }
    }

    /// The id in the post's own address. One with another handle than the author's is that of a post
    /// that this one speaks of.
    fn own_address(&self) -> Option<String> {
        let (id, handle) = self.get(Field::Url).and_then(cell::address)?;
        let stated = self.stated_handle();
        let own = match (handle, stated) {
            (Some(handle), Some(stated)) => handle.eq_ignore_ascii_case(stated),
            _ => true,
        };
        // An address is no number to a spreadsheet.
        match cell::id(id, Column::Whole) {
            Id::Exact(id) if own => Some(id),
            _ => None,
        }
    }

    /// The handle in its column, without what people and spreadsheets put around it.
    fn stated_handle(&self) -> Option<&str> {
        let handle = self.get(Field::AuthorHandle).filter(|handle| *handle != "UNKNOWN")?;
        Some(handle.trim_start_matches(['@', '=', '"']).trim_end_matches('"'))
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

    fn author(
        &self,
        platform: Platform,
        rounded: bool,
        reading: &Reading,
    ) -> Result<Author, Rejection> {
        let stated = self.stated_handle();
        let in_address =
            self.get(Field::Url).and_then(cell::address).and_then(|(_, handle)| handle);
        let handle = if platform == Platform::X {
            stated.filter(|handle| x::is_handle(handle)).or(in_address)
        } else {
            stated
        };
        let raw = self.get(Field::AuthorId);
        let id = if platform == Platform::X {
            let id = match raw.map_or(Id::Absent, |id| cell::id(id, self.table.ids)) {
                // In a row whose own number was rounded every long number was.
                Id::Exact(id) if !(rounded && id.len() > 15) => Some(id),
                _ => None,
            };
            x::author_id(id.as_deref(), handle)
        } else {
            let name = raw.filter(|id| is_name(id)).map(str::to_owned);
            let name = name.or(handle.filter(|handle| is_name(handle)).map(str::to_lowercase));
            name.map(|name| AuthorId::new(platform, &name)).ok_or_else(|| {
                Rejection::new(class::NO_AUTHOR, "neither an account id nor a handle")
            })
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

impl Identity {
    fn of_x(digits: &str) -> Self {
        Self::Known(PostId::new(Platform::X, digits), digits.parse().ok())
    }
}

/// A post on another platform.
fn other(name: &str) -> Identity {
    let platform = if name.starts_with("at://") || name.contains("/profile/") {
        Platform::Bluesky
    } else {
        Platform::Mastodon
    };
    if is_name(name) {
        Identity::Known(PostId::new(platform, name), None)
    } else {
        Identity::About(None)
    }
}
