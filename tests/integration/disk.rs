//! Disks that are full, read-only or damaged, and processes that die while they write: the lake
//! stays readable, the error says what to do, and the next run puts everything right.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::{
    assert_same, colloquy, expect_code, files, folder, published, season, stderr, tell,
};

const ASIDE: &str = ".aside.tmp";

fn journal(place: &Path) -> String {
    format!("sqlite:{}", place.join("journal.db").display())
}

fn ingest(place: &Path, archives: &[&str]) {
    let files = archives.iter().map(|name| season().join(name));
    let mut command = colloquy();
    command.arg("ingest").args(files).args(["--chat", "gardenchat"]);
    let output = command.args(["--journal", &journal(place)]).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{output:?}");
}

fn service(words: &[&str], place: &Path) -> Command {
    let mut command = colloquy();
    command.args(words).args(["--until-idle", "--journal", &journal(place)]);
    command
}

fn report(place: &Path, out: &Path) -> Command {
    let mut command = service(&["report"], place);
    command.arg("--out").arg(out);
    command
}

fn analyze(place: &Path) {
    expect_code(&service(&["analyze"], place).output().unwrap(), 0);
}

/// The same command where no file can grow beyond so many KiB, as on a full disk.
fn cramped(command: &Command, kib: u32) -> Output {
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\""));
    shell.arg(command.get_program()).args(command.get_args());
    shell.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
}

/// A journal with the season's first half published in `out`, and the second half analysed.
fn half_published(place: &Path, out: &Path) -> BTreeMap<String, Vec<u8>> {
    ingest(place, &["x_2024.jsonl.gz"]);
    analyze(place);
    expect_code(&report(place, out).output().unwrap(), 0);
    let half = published(out);
    ingest(place, &["x_2025_pages.jsonl.zst", "x_2025_04.jsonl", "mastodon.jsonl.zst"]);
    analyze(place);
    half
}

/// What is left where nothing happens.
fn whole() -> BTreeMap<String, Vec<u8>> {
    let out = folder();
    crate::support::run(&[season()], out.path());
    published(out.path())
}

/// Every file is as it was before or as it is to be, and those before are still there.
fn assert_readable(
    now: &BTreeMap<String, Vec<u8>>,
    before: &BTreeMap<String, Vec<u8>>,
    after: &BTreeMap<String, Vec<u8>>,
) {
    for (name, bytes) in now.iter().filter(|(name, _)| name.starts_with("lake/")) {
        // A chat's own files are written once for every change of one of its sessions.
        let whole = !name.ends_with(".parquet") || bytes.ends_with(b"PAR1");
        let known = [before, after].iter().any(|it| it.get(name) == Some(bytes));
        assert!(whole && (known || !name.contains("/session=")), "{name} is neither old nor new");
    }
    let gone = before.keys().find(|name| !now.contains_key(*name) && after.contains_key(*name));
    assert_eq!(gone, None);
}

#[test]
fn a_full_disk_leaves_the_lake_as_it_was() {
    let out = folder();
    crate::support::run(&[season().join("x_2024.jsonl.gz")], out.path());
    let before = published(out.path());
    let after = whole();
    assert_ne!(before, after);
    let mut run = colloquy();
    run.arg("run").arg(season()).args(["--chat", "gardenchat", "--out"]).arg(out.path());
    // Less than the largest page takes.
    let output = cramped(&run, 40);
    expect_code(&output, 3);
    assert!(stderr(&output).contains(out.path().to_str().unwrap()), "{}", stderr(&output));
    assert_readable(&published_now(out.path()), &before, &after);
    expect_code(&run.output().unwrap(), 1);
    assert_same("after a full disk", &published(out.path()), &after);
}

/// What lies in the folder, but what is being written aside.
fn published_now(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut now = files(out);
    now.retain(|name, _| !name.starts_with(ASIDE));
    now
}

#[test]
fn a_journal_on_a_full_disk_loses_nothing_acknowledged() {
    let (place, out) = (folder(), folder());
    ingest(place.path(), &["x_2024.jsonl.gz"]);
    let mut rest = colloquy();
    rest.arg("ingest").arg(season()).args(["--chat", "gardenchat"]);
    rest.args(["--journal", &journal(place.path())]);
    let before = fs::metadata(place.path().join("journal.db")).unwrap().len() / 1024;
    let output = cramped(&rest, u32::try_from(before).unwrap() / 2);
    expect_code(&output, 3);
    assert!(stderr(&output).contains("journal.db"), "{}", stderr(&output));
    assert!(stderr(&output).contains("start again"), "{}", stderr(&output));
    // What was there is there, and once there is room, everything.
    ingest(place.path(), &["x_2024.jsonl.gz"]);
    analyze(place.path());
    expect_code(&report(place.path(), out.path()).output().unwrap(), 0);
    assert!(!published(out.path()).is_empty());
    expect_code(&rest.output().unwrap(), 1);
    analyze(place.path());
    expect_code(&report(place.path(), out.path()).output().unwrap(), 0);
    assert_same("with room again", &published(out.path()), &whole());
}

/// What a command left on a disk of its own, when that was full and when it had room again.
struct Filled {
    first: Output,
    full: BTreeMap<String, Vec<u8>>,
    second: Output,
    after: BTreeMap<String, Vec<u8>>,
}

/// Runs the command twice with `disk` as the place of a disk of `kib`, on which lies what `before`
/// holds: first as it is, then with plenty of room. The disk is seen by nobody else.
fn on_a_small_disk(command: &Command, disk: &Path, before: &Path, kib: u64) -> Filled {
    const SCRIPT: &str = r#"
        set -e
        mount -t tmpfs -o size="$KIB"k colloquy "$DISK"
        cp -a "$BEFORE/." "$DISK"
        for turn in first second; do
            code=0
            "$0" "$@" >"$SEEN/$turn.stdout" 2>"$SEEN/$turn.stderr" || code=$?
            echo "$code" >"$SEEN/$turn.code"
            cp -a "$DISK/." "$SEEN/$turn"
            mount -o remount,size=64m "$DISK"
        done
    "#;
    let seen = folder();
    let mut script = Command::new("unshare");
    script.args(["-rm", "bash", "-c", SCRIPT]).arg(command.get_program()).args(command.get_args());
    script.env("DISK", disk).env("BEFORE", before).env("SEEN", seen.path());
    script.env("KIB", kib.to_string()).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = script.output().unwrap();
    assert!(output.status.success(), "a disk of its own needs `unshare -rm`: {output:?}");
    let told = |turn: &str| {
        let read = |what: &str| fs::read(seen.path().join(format!("{turn}.{what}"))).unwrap();
        let code: i32 = String::from_utf8(read("code")).unwrap().trim().parse().unwrap();
        let status = std::process::ExitStatus::from_raw(code << 8);
        Output { status, stdout: read("stdout"), stderr: read("stderr") }
    };
    let left = |turn: &str| files(&seen.path().join(turn));
    Filled {
        first: told("first"),
        full: left("first"),
        second: told("second"),
        after: left("second"),
    }
}

/// What a folder takes on a disk, in pages.
fn kib(files: &BTreeMap<String, Vec<u8>>) -> u64 {
    files.values().map(|bytes| 4 * (bytes.len() as u64).div_ceil(4_096)).sum()
}

#[test]
#[ignore = "needs user namespaces (unshare -rm): cargo test --test integration disk -- --ignored"]
fn a_lake_on_a_disk_without_any_room_stays_readable() {
    let (half, disk) = (folder(), folder());
    crate::support::run(&[season().join("x_2024.jsonl.gz")], half.path());
    let before = published(half.path());
    let after = whole();
    let mut run = colloquy();
    run.arg("run").arg(season()).args(["--chat", "gardenchat", "--out"]).arg(disk.path());
    let (least, most) = (kib(&files(half.path())), kib(&after));
    assert!(most > least + 100, "{least} KiB, then {most} KiB");
    // Full at once, in the middle, and just before the end.
    for room in [8, (most - least) / 3, most - least] {
        let filled = on_a_small_disk(&run, disk.path(), half.path(), least + room);
        expect_code(&filled.first, 3);
        let said = stderr(&filled.first);
        assert!(said.contains("No space left on device"), "{room} KiB of room: {said}");
        assert!(said.contains(disk.path().to_str().unwrap()), "{room} KiB of room: {said}");
        let mut now = filled.full;
        now.retain(|name, _| !name.starts_with(ASIDE));
        assert_readable(&now, &before, &after);
        expect_code(&filled.second, 1);
        let mut lake = filled.after;
        lake.retain(|name, _| !name.starts_with("dead-letters"));
        assert_same("with room again", &lake, &after);
    }
}

#[test]
#[ignore = "needs user namespaces (unshare -rm): cargo test --test integration disk -- --ignored"]
fn a_journal_on_a_disk_without_any_room_goes_on_when_there_is_some() {
    let (place, disk) = (folder(), folder());
    ingest(place.path(), &["x_2024.jsonl.gz"]);
    let least = kib(&files(place.path()));
    let mut rest = colloquy();
    rest.arg("ingest").arg(season()).args(["--chat", "gardenchat"]);
    rest.args(["--journal", &journal(disk.path())]);
    for room in [64, least / 2] {
        let filled = on_a_small_disk(&rest, disk.path(), place.path(), least + room);
        expect_code(&filled.first, 3);
        let said = stderr(&filled.first);
        assert!(said.contains("journal.db") && said.contains("full"), "{room} KiB: {said}");
        expect_code(&filled.second, 1);
        let (again, out) = (folder(), folder());
        for (name, bytes) in filled.after {
            fs::write(again.path().join(name), bytes).unwrap();
        }
        analyze(again.path());
        expect_code(&report(again.path(), out.path()).output().unwrap(), 0);
        assert_same("with room again", &published(out.path()), &whole());
    }
}

#[test]
fn killed_while_it_rewrites_the_lake_it_leaves_old_or_new_files() {
    let (place, out) = (folder(), folder());
    let before = half_published(place.path(), out.path());
    let after = whole();
    let mut aside = 0;
    let mut mixed = 0;
    for nth in 0..8 {
        let mut child = report(place.path(), out.path()).stdout(Stdio::null()).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        // Killed when some files are written aside, or when the first is renamed.
        let wanted = 1 + 3 * nth;
        while child.try_wait().unwrap().is_none() && Instant::now() < deadline {
            if count(&out.path().join(ASIDE)) >= wanted {
                break;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        std::thread::sleep(Duration::from_millis(3 * u64::try_from(nth).unwrap()));
        child.kill().ok();
        child.wait().unwrap();
        aside += usize::from(count(&out.path().join(ASIDE)) > 0);
        let now = published_now(out.path());
        assert_readable(&now, &before, &after);
        mixed += usize::from(now != before);
    }
    assert!(aside > 0, "it was never killed while it wrote");
    tell(&format!("{aside} times files lay aside, {mixed} times some were new"));
    fs::create_dir_all(out.path().join(ASIDE)).unwrap();
    fs::write(out.path().join(ASIDE).join("half.parquet"), b"PAR1 half").unwrap();
    expect_code(&report(place.path(), out.path()).output().unwrap(), 0);
    assert_same("killed", &published(out.path()), &after);
    assert_eq!(count(&out.path().join(ASIDE)), 0);
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

#[test]
fn a_journal_that_is_none_says_so_and_touches_no_lake() {
    let (place, out) = (folder(), folder());
    let before = half_published(place.path(), out.path());
    let file = place.path().join("journal.db");
    assert!(!place.path().join("journal.db-wal").exists(), "an orderly end leaves one file");
    let good = fs::read(&file).unwrap();
    let spoil = |how: &dyn Fn(&PathBuf)| {
        fs::write(&file, &good).unwrap();
        how(&file);
        let output = report(place.path(), out.path()).output().unwrap();
        expect_code(&output, 3);
        let said = stderr(&output);
        assert!(said.contains("journal.db"), "{said}");
        assert_same("a journal that is none", &published(out.path()), &before);
        said
    };
    let write_at = |path: &PathBuf, at: u64, bytes: &[u8]| {
        fs::OpenOptions::new().write(true).open(path).unwrap().write_all_at(bytes, at).unwrap();
    };
    let pages = vec![0x5a; good.len() - 16_384];
    let said = spoil(&|path| write_at(path, 16_384, &pages));
    assert!(said.contains("damaged") && said.contains("put a copy of it back"), "{said}");
    let said = spoil(&|path| fs::write(path, &good[..good.len() / 3]).unwrap());
    assert!(said.contains("damaged"), "{said}");
    let said = spoil(&|path| write_at(path, 60, &99_u32.to_be_bytes()));
    assert!(said.contains("layout 99") && said.contains("newer"), "{said}");
    let said = spoil(&|path| fs::write(path, "a letter to an aunt, ".repeat(400)).unwrap());
    assert!(said.contains("damaged"), "{said}");

    fs::write(&file, &good).unwrap();
    let after = whole();
    expect_code(&report(place.path(), out.path()).output().unwrap(), 0);
    assert_same("put back", &published(out.path()), &after);
}

/// `/sys` can be written by nobody, not even by root.
#[test]
fn a_read_only_folder_is_named() {
    let place = folder();
    ingest(place.path(), &["x_2025_04.jsonl"]);
    analyze(place.path());
    let output = report(place.path(), Path::new("/sys/colloquy-out")).output().unwrap();
    expect_code(&output, 3);
    assert!(stderr(&output).contains("/sys/colloquy-out"), "{}", stderr(&output));
    let output = service(&["analyze"], Path::new("/sys")).output().unwrap();
    expect_code(&output, 3);
    assert!(stderr(&output).contains("may it be written?"), "{}", stderr(&output));
}
