//! Rows of the tables of a lake.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, Int32Type, TimestampMicrosecondType};
use arrow_array::{Array as _, RecordBatch};
use colloquy_transcript::percent_encode;
use jiff::Timestamp;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::ReportError;
use crate::lake::schema::Table;

/// A row of a table.
pub(crate) struct Row<'b> {
    batch: &'b RecordBatch,
    at: usize,
}

impl Row<'_> {
    pub(crate) fn text(&self, column: &str) -> Option<String> {
        let column = self.batch.column_by_name(column)?;
        if column.is_null(self.at) {
            return None;
        }
        if let Some(plain) = column.as_string_opt::<i32>() {
            return Some(plain.value(self.at).to_owned());
        }
        let folder = column.as_dictionary_opt::<Int32Type>()?;
        let texts = folder.values().as_string_opt::<i32>()?;
        Some(texts.value(folder.key(self.at)?).to_owned())
    }

    pub(crate) fn flag(&self, column: &str) -> bool {
        let column = self.batch.column_by_name(column).and_then(|it| it.as_boolean_opt());
        column.is_some_and(|it| it.is_valid(self.at) && it.value(self.at))
    }

    pub(crate) fn texts(&self, column: &str) -> Vec<String> {
        let Some(lists) = self.batch.column_by_name(column).and_then(|it| it.as_list_opt::<i32>())
        else {
            return Vec::new();
        };
        let list = lists.value(self.at);
        let texts = list.as_string_opt::<i32>();
        texts.map_or_else(Vec::new, |it| it.iter().flatten().map(str::to_owned).collect())
    }

    /// Whether the file has this column.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.batch.column_by_name(column).is_some()
    }

    /// A list of doubles, as floats; a null in it is no number.
    pub(crate) fn reals(&self, column: &str) -> Option<Vec<f32>> {
        let lists = self.batch.column_by_name(column)?.as_list_opt::<i32>()?;
        if lists.is_null(self.at) {
            return None;
        }
        let list = lists.value(self.at);
        let reals = list.as_primitive_opt::<Float64Type>()?;
        #[expect(clippy::cast_possible_truncation, reason = "evidence is gathered as floats")]
        let reals = reals.iter().map(|it| it.map_or(f32::NAN, |it| it as f32));
        Some(reals.collect())
    }

    pub(crate) fn time(&self, column: &str) -> Option<Timestamp> {
        let column =
            self.batch.column_by_name(column)?.as_primitive_opt::<TimestampMicrosecondType>()?;
        (!column.is_null(self.at))
            .then(|| Timestamp::from_microsecond(column.value(self.at)).ok())?
    }
}

/// Hands every row of a table to `take`, with these columns.
pub(crate) fn each(
    lake: &Path,
    table: Table,
    chat: Option<&str>,
    columns: &[&str],
    mut take: impl FnMut(&Row<'_>),
) -> Result<(), ReportError> {
    let mut folder = lake.join(table.as_str());
    if let Some(chat) = chat {
        folder.push(format!("chat={}", percent_encode(chat)));
    }
    for path in files(&folder)? {
        let failed = |cause| ReportError::Decode { path: path.clone(), cause };
        let io = |cause| ReportError::File { doing: "reading", path: path.clone(), cause };
        let file = File::open(&path).map_err(io)?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        for batch in builder.with_projection(mask).build().map_err(failed)? {
            let batch = batch.map_err(|cause| failed(cause.into()))?;
            for at in 0..batch.num_rows() {
                take(&Row { batch: &batch, at });
            }
        }
    }
    Ok(())
}

/// The Parquet files below a folder, in order; none where there is no folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let mut found = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|it| it == "parquet") {
            found.push(path);
        }
    }
    Ok(found)
}

/// What lies in a folder, in order. A chat without questions has no folder of them.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let io = |cause| ReportError::File { doing: "reading", path: folder.to_owned(), cause };
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        found.push(entry.map_err(io)?.path());
    }
    found.sort();
    Ok(found)
}
