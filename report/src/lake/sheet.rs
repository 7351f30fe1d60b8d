//! Columns by name: what the tables of the lake are put together with.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray,
    builder::{Float64Builder, ListBuilder, StringBuilder},
};
use arrow_schema::{ArrowError, DataType, Field};
use colloquy_transcript::Timestamp;

use super::schema::{LIST_ELEMENT, Table};

/// Rows of one table, filled column by column.
pub(crate) struct Sheet {
    table: Table,
    rows: usize,
    columns: Vec<Option<ArrayRef>>,
}

impl Sheet {
    /// A sheet of `rows` rows without any column yet.
    pub(crate) fn new(table: Table, rows: usize) -> Self {
        Self { table, rows, columns: vec![None; table.columns().len()] }
    }

    /// Puts a column in its place. A name that the table does not have is found by
    /// [`Sheet::finish`], which then misses a column.
    fn put(&mut self, name: &str, array: impl Array + 'static) -> &mut Self {
        let slot = self.table.index_of(name).and_then(|index| self.columns.get_mut(index));
        if let Some(slot) = slot {
            *slot = Some(Arc::new(array));
        }
        self
    }

    /// The same folder value in every row.
    pub(crate) fn folder(&mut self, name: &str, value: &str) -> &mut Self {
        let keys = Int32Array::from(vec![0; self.rows]);
        let values: ArrayRef = Arc::new(StringArray::from_iter_values([value]));
        match DictionaryArray::try_new(keys, values) {
            Ok(array) => self.put(name, array),
            // Never: index 0 lies within one value. If it did, `finish` would miss the column.
            Err(_) => self,
        }
    }

    /// Folder values, one a row and all different.
    pub(crate) fn dictionary<T: AsRef<str>>(&mut self, name: &str, rows: &[T]) -> &mut Self {
        let keys: Int32Array = (0..self.rows).map(|row| i32::try_from(row).ok()).collect();
        let values: ArrayRef = Arc::new(StringArray::from_iter_values(rows));
        match DictionaryArray::try_new(keys, values) {
            Ok(array) => self.put(name, array),
            // Only if there were fewer values than rows; `finish` then misses the column.
            Err(_) => self,
        }
    }

    /// Texts that are always known.
    pub(crate) fn texts<T: AsRef<str>>(
        &mut self,
        name: &str,
        values: impl Iterator<Item = T>,
    ) -> &mut Self {
        self.put(name, StringArray::from_iter_values(values))
    }

    /// Texts that may be unknown.
    pub(crate) fn texts_or_null<T: AsRef<str>>(
        &mut self,
        name: &str,
        values: impl Iterator<Item = Option<T>>,
    ) -> &mut Self {
        self.put(name, values.collect::<StringArray>())
    }

    /// Lists of texts.
    pub(crate) fn lists<I>(&mut self, name: &str, rows: impl Iterator<Item = I>) -> &mut Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let element = Arc::new(Field::new(LIST_ELEMENT, DataType::Utf8, false));
        let mut builder =
            ListBuilder::with_capacity(StringBuilder::new(), self.rows).with_field(element);
        for row in rows {
            for value in row {
                builder.values().append_value(value);
            }
            builder.append(true);
        }
        self.put(name, builder.finish())
    }

    /// Lists of numbers, of which some may be unknown.
    pub(crate) fn lists_of_reals<I>(
        &mut self,
        name: &str,
        rows: impl Iterator<Item = I>,
    ) -> &mut Self
    where
        I: IntoIterator<Item = Option<f64>>,
    {
        let element = Arc::new(Field::new(LIST_ELEMENT, DataType::Float64, true));
        let mut builder =
            ListBuilder::with_capacity(Float64Builder::new(), self.rows).with_field(element);
        for row in rows {
            for value in row {
                builder.values().append_option(value);
            }
            builder.append(true);
        }
        self.put(name, builder.finish())
    }

    /// Counts that are always known.
    pub(crate) fn counts(&mut self, name: &str, values: impl Iterator<Item = u64>) -> &mut Self {
        self.put(name, Int64Array::from_iter_values(values.map(signed)))
    }

    /// Counts that may be unknown.
    pub(crate) fn counts_or_null(
        &mut self,
        name: &str,
        values: impl Iterator<Item = Option<u64>>,
    ) -> &mut Self {
        self.put(name, values.map(|value| value.map(signed)).collect::<Int64Array>())
    }

    /// Doubles that are always known.
    pub(crate) fn reals(&mut self, name: &str, values: impl Iterator<Item = f64>) -> &mut Self {
        self.put(name, Float64Array::from_iter_values(values))
    }

    /// Doubles that may be unknown.
    pub(crate) fn reals_or_null(
        &mut self,
        name: &str,
        values: impl Iterator<Item = Option<f64>>,
    ) -> &mut Self {
        self.put(name, values.collect::<Float64Array>())
    }

    /// Instants that are always known.
    pub(crate) fn times(
        &mut self,
        name: &str,
        values: impl Iterator<Item = Timestamp>,
    ) -> &mut Self {
        let array =
            TimestampMicrosecondArray::from_iter_values(values.map(Timestamp::as_microsecond));
        self.put(name, array.with_timezone("UTC"))
    }

    /// Instants that may be unknown.
    pub(crate) fn times_or_null(
        &mut self,
        name: &str,
        values: impl Iterator<Item = Option<Timestamp>>,
    ) -> &mut Self {
        let array = values
            .map(|value| value.map(Timestamp::as_microsecond))
            .collect::<TimestampMicrosecondArray>();
        self.put(name, array.with_timezone("UTC"))
    }

    /// Truth values.
    pub(crate) fn bools(&mut self, name: &str, values: impl Iterator<Item = bool>) -> &mut Self {
        self.put(name, values.map(Some).collect::<BooleanArray>())
    }

    /// The finished rows; an error where a column is missing, of another length or type, or
    /// null where the table forbids it.
    pub(crate) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let missing = self.table.columns().iter().zip(&self.columns).find(|(_, a)| a.is_none());
        if let Some((column, _)) = missing {
            let problem = format!("the column {} has no values", column.name);
            return Err(ArrowError::SchemaError(problem));
        }
        let columns = self.columns.drain(..).flatten().collect();
        RecordBatch::try_new(self.table.schema(), columns)
    }
}

/// Counts are signed in the lake, which is friendlier to pandas; nothing counts beyond 2^63.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
