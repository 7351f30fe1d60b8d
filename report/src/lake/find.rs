//! Looking up in a lake what a person names: is it there, and which account has a handle?

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;

use arrow_array::{Array as _, RecordBatch, StringArray};
use colloquy_transcript::{AuthorId, ChatName, percent_encode};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::schema::Table;
use crate::ReportError;

/// Columns that are read.
const COLUMNS: [&str; 3] = ["post_id", "author_id", "author_handle"];

/// Where a name occurs in the posts of a chat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// A post has this id.
    pub post: bool,
    /// An author has this id.
    pub author: bool,
    /// The authors who had it as their handle.
    pub accounts: BTreeSet<AuthorId>,
}

impl Found {
    /// Whether it occurs at all.
    pub fn anything(&self) -> bool {
        self.post || self.author || !self.accounts.is_empty()
    }
}

/// Looks for `name` (a post id, an author id, or a handle in lower case without `@`) in the lake
/// of an output folder; `None` where the chat has no posts there.
pub fn find(out: &Path, chat: &ChatName, name: &str) -> Result<Option<Found>, ReportError> {
    let folder = out.join("lake").join(Table::Posts.as_str());
    let folder = folder.join(format!("chat={}", percent_encode(chat.as_str())));
    let Ok(sessions) = fs::read_dir(&folder) else { return Ok(None) };
    let mut found = Found::default();
    for session in sessions.flatten() {
        let file = session.path().join("part.parquet");
        if file.is_file() {
            search(&file, name, &mut found)?;
        }
    }
    Ok(Some(found))
}

fn search(path: &Path, name: &str, found: &mut Found) -> Result<(), ReportError> {
    let io = |cause| ReportError::File { doing: "reading", path: path.to_owned(), cause };
    let failed = |cause| ReportError::Decode { path: path.to_owned(), cause };
    let file = File::open(path).map_err(io)?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), COLUMNS);
    for batch in builder.with_projection(mask).build().map_err(failed)? {
        let batch = batch.map_err(|cause| failed(cause.into()))?;
        found.post |= texts(&batch, "post_id").any(|text| text == Some(name));
        found.author |= texts(&batch, "author_id").any(|text| text == Some(name));
        for (id, handle) in texts(&batch, "author_id").zip(texts(&batch, "author_handle")) {
            if let (Some(id), Some(handle)) = (id, handle)
                && handle.to_lowercase() == name
            {
                found.accounts.insert(AuthorId::from_full(id));
            }
        }
    }
    Ok(())
}

/// The texts of a column; none where it is missing.
fn texts<'b>(batch: &'b RecordBatch, column: &str) -> impl Iterator<Item = Option<&'b str>> {
    let column = batch.column_by_name(column);
    let column = column.and_then(|column| column.as_any().downcast_ref::<StringArray>());
    column.into_iter().flat_map(|column| column.iter())
}
