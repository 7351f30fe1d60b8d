//! Starting the program, and reading what it left.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The program, with nothing of the machine's environment that it listens to.
pub(crate) fn colloquy() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_colloquy"));
    command.env_remove("COLLOQUY_JOURNAL").env_remove("RUST_LOG");
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// A folder of the test's own.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The season's archives, relative to the root of the project.
pub(crate) fn season() -> PathBuf {
    PathBuf::from("fixtures/gardenchat/archive")
}

/// `colloquy run INPUT… --chat gardenchat --out OUT`
pub(crate) fn run(inputs: &[PathBuf], out: &Path) -> Output {
    let mut command = colloquy();
    command.arg("run").args(inputs).args(["--chat", "gardenchat", "--out"]).arg(out);
    command.output().unwrap()
}

/// Standard output as text.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Standard error as text.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Fails with what the program said unless it ended with `code`.
pub(crate) fn expect_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}{}", stdout(output), stderr(output));
}

/// Every file below `folder`, by path.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Lake and pages: what must be equal, file by file, however it came about.
pub(crate) fn published(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = files(out);
    files.retain(|name, _| !name.starts_with("dead-letters"));
    assert!(
        files.keys().any(|name| name.starts_with("lake/posts/")),
        "no lake in {}",
        out.display()
    );
    files
}

/// Fails with the names of the files that differ.
pub(crate) fn assert_same(
    what: &str,
    one: &BTreeMap<String, Vec<u8>>,
    other: &BTreeMap<String, Vec<u8>>,
) {
    let names: Vec<&String> =
        one.keys().chain(other.keys()).filter(|name| one.get(*name) != other.get(*name)).collect();
    assert!(names.is_empty(), "{what}: these files differ: {names:#?}");
}

/// Says something that is read when a test fails, or with `--nocapture`.
#[expect(clippy::print_stdout, reason = "a test's output is what it captures")]
pub(crate) fn tell(text: &str) {
    println!("{text}");
}
