//! However the rows lie in the files, the lake is the same, byte for byte.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

use crate::support::{assert_same, folder, published, run, season};

/// The archives of the season as rows, by file.
fn rows() -> Vec<(String, Vec<Vec<u8>>)> {
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(season()).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names
        .iter()
        .map(|path| {
            let bytes = std::fs::read(path).unwrap();
            let plain = match path.extension().and_then(|it| it.to_str()) {
                Some("gz") => {
                    let mut plain = Vec::new();
                    flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap();
                    plain
                }
                Some("zst") => zstd::decode_all(&bytes[..]).unwrap(),
                _ => bytes,
            };
            let rows = plain.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), rows)
        })
        .collect()
}

fn write(folder: &Path, name: &str, rows: &[Vec<u8>]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, rows.join(&b'\n')).unwrap();
    path
}

/// A shuffle that is the same on every machine.
fn shuffle<T>(items: &mut [T], seed: u64) {
    items.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
}

/// Writes a variant of the season's files into a folder.
type Variant<'a> = &'a dyn Fn(&Path) -> Vec<PathBuf>;

#[test]
fn reversed_shuffled_split_and_repeated_rows_give_the_same_lake() {
    let out = folder();
    run(&[season()], out.path());
    let expected = published(out.path());
    let rows = rows();
    let variants: [(&str, Variant<'_>); 4] = [
        ("reversed", &|folder| {
            let reversed = |rows: &[Vec<u8>]| rows.iter().rev().cloned().collect::<Vec<_>>();
            rows.iter().map(|(name, rows)| write(folder, name, &reversed(rows))).collect()
        }),
        ("shuffled", &|folder| {
            rows.iter()
                .map(|(name, rows)| {
                    let mut rows = rows.clone();
                    shuffle(&mut rows, 7);
                    write(folder, name, &rows)
                })
                .collect()
        }),
        ("split over five files", &|folder| {
            let mut all: Vec<Vec<u8>> = rows.iter().flat_map(|(_, rows)| rows.clone()).collect();
            shuffle(&mut all, 11);
            let part = all.len().div_ceil(5);
            all.chunks(part)
                .zip(["e", "a", "d", "b", "c"])
                .map(|(rows, name)| write(folder, name, rows))
                .collect()
        }),
        ("a tenth of them twice", &|folder| {
            rows.iter()
                .map(|(name, rows)| {
                    let mut again = rows.clone();
                    shuffle(&mut again, 13);
                    again.truncate(rows.len() / 10);
                    let mut rows = rows.clone();
                    rows.extend(again);
                    write(folder, name, &rows)
                })
                .collect()
        }),
    ];
    for (what, files) in variants {
        let (input, out) = (folder(), folder());
        let output = run(&files(input.path()), out.path());
        assert!(output.status.code().is_some_and(|code| code < 2), "{what}: {output:?}");
        assert_same(what, &published(out.path()), &expected);
    }
}
