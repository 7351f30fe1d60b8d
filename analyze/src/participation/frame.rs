//! The measures as polars expressions over one row a post.

use colloquy_transcript::{Class, CompactString, Platform, PostId, Role, Timestamp};
use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::{OfPerson, OfQuestion, Row};
use crate::seen::Room;
use crate::words::lowered;

const MICROS_PER_S: f64 = 1e6;
/// More likes of one post are an archive's mistake; a sum of so many cannot overflow.
const LIKES_MAX: u64 = u32::MAX as u64;

/// Questions and people of a meeting whose rows are not empty.
pub(super) fn measure(
    room: &Room<'_>,
    rows: &[Row],
    asked_at: &[Timestamp],
) -> PolarsResult<(Vec<OfQuestion>, Vec<OfPerson>)> {
    let posts = posts(room, rows, asked_at)?;
    Ok((of_questions(&posts, asked_at.len())?, of_people(room, rows, &posts)?))
}

/// One row a post: author, role, question, time since the asking, what it replies to.
fn posts(room: &Room<'_>, rows: &[Row], asked_at: &[Timestamp]) -> PolarsResult<DataFrame> {
    let post = |row: &Row| room.posts[row.post].post();
    let at = |row: &Row| post(row).created_at.as_microsecond();
    let question = |row: &Row| row.question.and_then(|nth| u32::try_from(nth).ok());
    let response = |row: &Row| {
        let asked = asked_at.get(row.question?)?.as_microsecond();
        Some((at(row) - asked) as f64 / MICROS_PER_S)
    };
    let column = |of: &dyn Fn(&Row) -> bool| rows.iter().map(of).collect::<Vec<bool>>();
    // The question of every post that asks or answers one, flagged ones left out.
    let mut threads: Vec<Option<u32>> = vec![None; room.posts.len()];
    for row in rows.iter().filter(|row| matches!(row.role, Role::Question | Role::Answer)) {
        threads[row.post] = question(row);
    }
    let thread = |of: Option<&PostId>| room.find(of).and_then(|at| threads[at]);
    let original = |row: &&Row| row.role != Role::Repost;
    let words = |row| Some(row).filter(original);
    let repost = |row| Some(row).filter(|row| !original(row));
    df!(
        "author" => rows.iter().map(|row| row.author).collect::<Vec<_>>(),
        "question" => rows.iter().map(question).collect::<Vec<_>>(),
        "response_s" => rows.iter().map(response).collect::<Vec<_>>(),
        "original" => column(&|row| original(&row)),
        "asking" => column(&|row| row.role == Role::Question),
        "answer" => column(&|row| row.role == Role::Answer),
        "talk" => column(&|row| matches!(row.role, Role::Talk | Role::Moderation)),
        "replies_in" => rows
            .iter()
            .map(|row| words(row).and_then(|row| thread(post(row).reply_to.as_ref())))
            .collect::<Vec<_>>(),
        "reposts_in" => rows
            .iter()
            .map(|row| repost(row).and_then(|row| thread(post(row).repost_of.as_ref())))
            .collect::<Vec<_>>(),
        "replies_to" => rows
            .iter()
            .map(|row| words(row).and_then(|row| row.replies_to))
            .collect::<Vec<_>>(),
        "reposts_of" => rows
            .iter()
            .map(|row| repost(row).and_then(|row| row.reposts_of))
            .collect::<Vec<_>>(),
        "likes" => rows
            .iter()
            .map(|row| post(row).like_count.map(|likes| likes.min(LIKES_MAX)))
            .collect::<Vec<_>>(),
    )
}

/// A query of a few thousand rows at most: a better plan would save less than looking for it costs.
fn query(frame: &DataFrame) -> LazyFrame {
    frame.clone().lazy().without_optimizations()
}

/// Two groupings: of question and author (what each person did there), then of question.
fn of_questions(posts: &DataFrame, questions: usize) -> PolarsResult<Vec<OfQuestion>> {
    let by_author = query(posts)
        .filter(col("question").is_not_null())
        .group_by([col("question"), col("author")])
        .agg([
            col("answer").sum().cast(DataType::UInt64).alias("answers"),
            col("talk").sum().cast(DataType::UInt64).alias("talk"),
            col("asking").sum().cast(DataType::UInt64).alias("askings"),
            (col("original").not()).sum().cast(DataType::UInt64).alias("reposts"),
            col("response_s").filter(col("answer")).min().alias("response_s"),
            col("likes").filter(col("answer")).sum().alias("likes"),
            col("likes").filter(col("answer")).count().cast(DataType::UInt64).alias("liked"),
        ])
        .sort(["question", "author"], SortMultipleOptions::default())
        .collect()?;
    let mut measured = measures(&by_author, questions)?;
    let (replies, reposts) = (counts(posts, "replies_in")?, counts(posts, "reposts_in")?);
    for (number, question) in (0..).zip(&mut measured) {
        question.replies = replies.get(&number).copied().unwrap_or(0);
        question.reposts = reposts.get(&number).copied().unwrap_or(0);
    }
    let pairs = u64s(&by_author, "question")?.into_iter().zip(u64s(&by_author, "author")?);
    for ((number, author), answers) in pairs.zip(u64s(&by_author, "answers")?) {
        let question = usize::try_from(number).ok().and_then(|it| measured.get_mut(it));
        if let (1.., Some(question), Ok(author)) = (answers, question, u32::try_from(author)) {
            question.answerers.push(author);
        }
    }
    Ok(measured)
}

/// Whether a count of a person is not 0.
fn has(column: &str) -> Expr {
    col(column).gt(lit(0_u64))
}

/// The measures of each question from what each person did there; answerers, replies and reposts
/// are left out.
fn measures(by_author: &DataFrame, questions: usize) -> PolarsResult<Vec<OfQuestion>> {
    let answered = || has("answers");
    let talked = || has("talk");
    // Whoever asked is neither a talker for it, nor an amplifier for passing on what came back.
    let wrote = || answered().or(talked()).or(has("askings"));
    let prompt = || col("response_s").filter(answered().and(col("response_s").gt_eq(lit(0.0))));
    let quantile = |q: f64| prompt().quantile(lit(q), QuantileMethod::Linear);
    let total = |name: &str| col(name).sum();
    let count = |of: Expr| of.sum().cast(DataType::UInt64);
    let rows = query(by_author)
        .group_by([col("question")])
        .agg([
            total("answers"),
            total("likes"),
            total("liked"),
            count(answered().not().and(talked())).alias("talkers"),
            count(wrote().not().and(has("reposts"))).alias("amplifiers"),
            col("response_s").min().alias("first_answer_s"),
            quantile(0.5).alias("median_response_s"),
            quantile(0.9).alias("p90_response_s"),
        ])
        .collect()?;
    let mut of_questions = vec![OfQuestion::default(); questions];
    let numbers = u64s(&rows, "question")?;
    let sums = |name: &str| u64s(&rows, name);
    let (answers, likes, known) = (sums("answers")?, sums("likes")?, sums("liked")?);
    let (talkers, amplifiers) = (sums("talkers")?, sums("amplifiers")?);
    let first = f64s(&rows, "first_answer_s")?;
    let (median, p90) = (f64s(&rows, "median_response_s")?, f64s(&rows, "p90_response_s")?);
    for (row, &number) in numbers.iter().enumerate() {
        let Some(question) = usize::try_from(number).ok().and_then(|it| of_questions.get_mut(it))
        else {
            continue;
        };
        *question = OfQuestion {
            answers: answers[row],
            answerers: Vec::new(),
            talkers: talkers[row],
            amplifiers: amplifiers[row],
            first_answer_s: first[row],
            median_response_s: median[row],
            p90_response_s: p90[row],
            replies: 0,
            reposts: 0,
            likes: (known[row] > 0).then_some(likes[row]),
        };
    }
    Ok(of_questions)
}

fn of_people(room: &Room<'_>, rows: &[Row], posts: &DataFrame) -> PolarsResult<Vec<OfPerson>> {
    let others =
        |column: &'static str| col(column).is_not_null().and(col(column).neq(col("author")));
    let people = query(posts)
        .group_by([col("author")])
        .agg([
            len().cast(DataType::UInt64).alias("posts"),
            col("original").sum().cast(DataType::UInt64).alias("originals"),
            col("answer").sum().cast(DataType::UInt64).alias("answers"),
            col("question")
                .filter(col("answer"))
                .n_unique()
                .cast(DataType::UInt64)
                .alias("questions"),
            others("replies_to").sum().cast(DataType::UInt64).alias("replies_given"),
        ])
        .sort(["author"], SortMultipleOptions::default())
        .collect()?;
    let (replies, reposts) =
        (counts_where(posts, "replies_to", others)?, counts_where(posts, "reposts_of", others)?);
    let mentions = mentions(room, rows);
    let handles = handles(room, rows);
    let column = |name: &str| u64s(&people, name);
    let (authors, posts, originals) = (column("author")?, column("posts")?, column("originals")?);
    let (answers, questions, given) =
        (column("answers")?, column("questions")?, column("replies_given")?);
    let of = |map: &FxHashMap<u64, u64>, author: u64| map.get(&author).copied().unwrap_or(0);
    Ok(authors
        .iter()
        .enumerate()
        .map(|(row, &author)| OfPerson {
            author: u32::try_from(author).unwrap_or(u32::MAX),
            handle: handles.get(&author).cloned(),
            class: match (answers[row], originals[row]) {
                (1.., _) => Class::Answerer,
                (0, 1..) => Class::Talker,
                (0, 0) => Class::Amplifier,
            },
            posts: posts[row],
            originals: originals[row],
            answers: answers[row],
            questions_answered: questions[row],
            replies_given: given[row],
            replies_received: of(&replies, author),
            mentions_received: of(&mentions, author),
            reposts_received: of(&reposts, author),
        })
        .collect())
}

/// In how many posts of others each author of the room is mentioned. People go by every handle
/// they wrote under here (the later one's, where two used it), and where ids are no bare numbers
/// by their id: that is how Bluesky names them.
fn mentions(room: &Room<'_>, rows: &[Row]) -> FxHashMap<u64, u64> {
    let mut by_name: FxHashMap<(Platform, CompactString), u32> = FxHashMap::default();
    for row in rows {
        let post = room.posts[row.post].post();
        if let Some(handle) = &post.author.handle {
            by_name.insert((post.platform(), lowered(handle)), row.author);
        }
    }
    for (author, id) in (0..).zip(&room.authors) {
        let platform = id.platform();
        if platform != Platform::X {
            by_name.insert((platform, lowered(id.native())), author);
        }
    }
    let mut received: FxHashMap<u64, u64> = FxHashMap::default();
    let mut people: Vec<u32> = Vec::new();
    for row in rows.iter().filter(|row| row.role != Role::Repost) {
        let post = room.posts[row.post].post();
        let named = |name: &CompactString| by_name.get(&(post.platform(), lowered(name)));
        people.extend(post.mentions.iter().filter_map(named));
        people.sort_unstable();
        people.dedup();
        for person in people.drain(..).filter(|&person| person != row.author) {
            *received.entry(u64::from(person)).or_default() += 1;
        }
    }
    received
}

/// The latest handle of every author.
fn handles(room: &Room<'_>, rows: &[Row]) -> FxHashMap<u64, CompactString> {
    rows.iter()
        .filter_map(|row| {
            let handle = room.posts[row.post].post().author.handle.clone()?;
            Some((u64::from(row.author), handle))
        })
        .collect()
}

/// Number of posts by the value of a column; null is no value.
fn counts(posts: &DataFrame, column: &'static str) -> PolarsResult<FxHashMap<u64, u64>> {
    counts_where(posts, column, |column| col(column).is_not_null())
}

/// The same of some of the posts. Often nobody replied to anything: a query would cost more than the
/// whole rest.
fn counts_where(
    posts: &DataFrame,
    column: &'static str,
    which: impl Fn(&'static str) -> Expr,
) -> PolarsResult<FxHashMap<u64, u64>> {
    if posts.column(column)?.null_count() == posts.height() {
        return Ok(FxHashMap::default());
    }
    let frame = query(posts)
        .filter(which(column))
        .group_by([col(column).alias("value")])
        .agg([len().cast(DataType::UInt64).alias("posts")])
        .collect()?;
    Ok(u64s(&frame, "value")?.into_iter().zip(u64s(&frame, "posts")?).collect())
}

/// A column of counts; null counts as 0.
fn u64s(frame: &DataFrame, name: &str) -> PolarsResult<Vec<u64>> {
    let column = frame.column(name)?.cast(&DataType::UInt64)?;
    Ok(column.u64()?.iter().map(Option::unwrap_or_default).collect())
}

/// A column of measures.
fn f64s(frame: &DataFrame, name: &str) -> PolarsResult<Vec<Option<f64>>> {
    Ok(frame.column(name)?.f64()?.iter().collect())
}
