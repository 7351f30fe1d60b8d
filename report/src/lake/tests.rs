//! The schema is golden, the files open again, the store replaces whole files.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use colloquy_transcript::measure::{MEASURES, measure};
use colloquy_transcript::{CoverageState, Decision, Timestamp, Verdict, Watched};
use parquet::{
    arrow::arrow_reader::ParquetRecordBatchReaderBuilder,
    file::{
        metadata::RowGroupMetaData,
        reader::FileReader,
        serialized_reader::{ReadOptionsBuilder, SerializedFileReader},
    },
};

use super::{
    ChatTables, OutputFile, chat_files,
    files::Store,
    schema::{Kind, Table},
    session_files,
};
use crate::fixture::Plan;

fn bytes_of(files: &[OutputFile], table: Table) -> Vec<u8> {
    let start = format!("lake/{}/", table.as_str());
    files.iter().find(|file| file.path.starts_with(&start)).unwrap().bytes.clone()
}

fn rows(bytes: Vec<u8>) -> usize {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
    reader.build().unwrap().map(|batch| batch.unwrap().num_rows()).sum()
}

#[test]
fn schema_is_golden() {
    let mut text = String::new();
    for table in Table::ALL {
        let sorted = table.sorted_by().join(", ");
        writeln!(text, "{} (sorted by {sorted})", table.as_str()).unwrap();
        for field in table.schema().fields() {
            let null = if field.is_nullable() { "null" } else { "not null" };
            writeln!(text, "  {}: {} {null}", field.name(), field.data_type()).unwrap();
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn every_figure_is_defined_and_every_column_means_something() {
    let figures = [Table::Participation, Table::Attendance, Table::Sessions];
    for table in Table::ALL {
        for column in table.columns() {
            let name = format!("{}.{}", table.as_str(), column.name);
            assert!(!table.meaning(column).is_empty(), "{name} means nothing");
            let defined = measure(table.as_str(), column.name).is_some();
            let counted = figures.contains(&table) && matches!(column.kind, Kind::Int | Kind::Real);
            assert_eq!(defined, counted, "{name}");
        }
    }
    for figure in MEASURES.iter().filter(|figure| figure.table != "recap") {
        let table = figures.iter().find(|table| table.as_str() == figure.table).unwrap();
        assert!(table.index_of(figure.column).is_some(), "{figure:?} stands in no column");
    }
}

#[test]
fn every_table_reads_back_with_its_rows_and_schema() {
    let plan = Plan::default();
    let view = plan.view();
    let at: Timestamp = "2024-03-07T20:00:00Z".parse().unwrap();
    let decision = Decision {
        chat: view.record.chat.clone(),
        subject: "x:0001".into(),
        verdict: Verdict::Answers("Q2".into()),
        by: None,
        at,
        note: Some("said so".to_owned()),
        withdrawn: false,
    };
    let watched = Watched {
        chat: view.record.chat.clone(),
        source: "file".into(),
        from: at,
        until: at,
        state: CoverageState::Gap,
    };
    let mut files = session_files(&view).unwrap();
    let tables = ChatTables {
        name: &view.record.chat,
        sessions: std::slice::from_ref(&view.record),
        coverage: &[watched],
        decisions: &[decision],
    };
    files.extend(chat_files(&tables).unwrap());
    for table in Table::ALL {
        let bytes = bytes_of(&files, table);
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
        assert_eq!(reader.schema().as_ref(), table.schema().as_ref(), "{}", table.as_str());
    }
    let judged = view.posts.iter().filter(|row| row.annotation.flag.is_some()).count();
    let expected = [24, 3, 3, 6, judged, 1, 1, 1];
    assert_eq!(Table::ALL.map(|table| rows(bytes_of(&files, table))), expected);
}

#[test]
fn a_week_outside_and_a_chat_without_anything_have_files_that_open() {
    let plan = Plan { session: "outside-2024-W10", posts: 0, questions: 0, ..Plan::default() };
    let mut files = session_files(&plan.view()).unwrap();
    let name = plan.view().record.chat;
    let tables = ChatTables { name: &name, sessions: &[], coverage: &[], decisions: &[] };
    files.extend(chat_files(&tables).unwrap());
    assert_eq!(Table::ALL.map(|table| rows(bytes_of(&files, table))), [0; 8]);
}

#[test]
fn files_are_zstd_with_page_statistics_and_no_version() {
    let files = session_files(&Plan { posts: 20_000, ..Plan::default() }.view()).unwrap();
    let options = ReadOptionsBuilder::new().with_page_index().build();
    let bytes = bytes::Bytes::from(bytes_of(&files, Table::Posts));
    let reader = SerializedFileReader::new_with_options(bytes, options).unwrap();
    let metadata = reader.metadata();
    assert_eq!(metadata.file_metadata().created_by(), Some("colloquy"));
    let group = metadata.row_group(0);
    let indexed = group.columns().iter().filter(|column| column.column_index_offset().is_some());
    assert_eq!(indexed.count(), group.columns().len(), "columns with page statistics");
    assert_eq!(group.sorting_columns().unwrap().len(), 2);
    for column in group.columns() {
        assert!(matches!(column.compression(), parquet::basic::Compression::ZSTD(_)));
    }
}

#[test]
fn row_groups_are_bounded_and_the_bytes_do_not_depend_on_the_day() {
    let plan = Plan { posts: 70_000, questions: 0, ..Plan::default() };
    let view = plan.view();
    let first = session_files(&view).unwrap();
    assert_eq!(first, session_files(&view).unwrap());
    let bytes = bytes::Bytes::from(bytes_of(&first, Table::Posts));
    let reader = SerializedFileReader::new(bytes).unwrap();
    let groups = reader.metadata().row_groups();
    assert_eq!(groups.iter().map(RowGroupMetaData::num_rows).collect::<Vec<_>>(), [65_536, 4_464]);
}

fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

#[test]
fn a_batch_is_seen_whole_or_not_at_all_and_leftovers_go() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("out");
    let mut store = Store::open(&root).unwrap();
    store.put("lake/a/part.parquet", b"one").unwrap();
    store.put("lake/b/part.parquet", b"two").unwrap();
    store.put("lake/b/part.parquet", b"three").unwrap();
    assert!(!root.join("lake").exists(), "a file is visible before its batch");
    let stored = store.commit().unwrap();
    assert_eq!((stored.files, stored.removed), (2, 0));
    assert_eq!(fs::read(root.join("lake/b/part.parquet")).unwrap(), b"three");

    store.put("lake/a/part.parquet", b"never seen").unwrap();
    // Killed here: nothing cleans up.
    std::mem::forget(store);
    assert_eq!(tree(&root).len(), 3, "the file that waits, and the two of the first batch");
    let mut store = Store::open(&root).unwrap();
    store.commit().unwrap();
    assert_eq!(fs::read(root.join("lake/a/part.parquet")).unwrap(), b"one");

    store.put("lake/a/part.parquet", b"again").unwrap();
    store.remove("lake/a/part.parquet").unwrap();
    store.remove("lake/nothing/part.parquet").unwrap();
    assert_eq!(store.commit().unwrap().removed, 1);
    drop(store);
    assert!(!root.join("lake/a").exists(), "an empty folder stays");
    assert_eq!(tree(&root).into_keys().collect::<Vec<_>>(), ["lake/b/part.parquet"]);
}

#[test]
fn many_files_are_synced_together() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    for number in 0..100 {
        store.put(&format!("lake/t{number}/part.parquet"), &[7; 100]).unwrap();
    }
    assert_eq!(store.commit().unwrap().files, 100);
    drop(store);
    assert_eq!(tree(folder.path()).len(), 100);
}

#[test]
fn no_path_leads_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    for path in ["../x", "/etc/x", "a/../../x"] {
        assert!(store.put(path, b"").is_err(), "{path} was taken");
        assert!(store.remove(path).is_err(), "{path} was taken");
    }
}
