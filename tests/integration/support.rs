//! Starting the program, and reading what it left.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The program, with nothing of the machine's environment that it listens to.
pub(crate) fn colloquy() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_colloquy"));
    command.env_remove("COLLOQUY_JOURNAL").env_remove("RUST_LOG");
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// The broker that `deploy/kafka.sh` started for the tests.
pub(crate) fn brokers() -> String {
    std::env::var("COLLOQUY_TEST_BROKERS").expect("COLLOQUY_TEST_BROKERS names a broker")
}

/// What `deploy/kafka.sh` leaves for the second port, which wants TLS and a login.
pub(crate) fn secure(name: &str) -> PathBuf {
    let folder =
        std::env::var("COLLOQUY_TEST_SECURE").expect("COLLOQUY_TEST_SECURE names a folder");
    PathBuf::from(folder).join(name)
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

/// A process that runs beside the test; killed when the test fails.
pub(crate) struct Running {
    child: Child,
    stderr: Arc<Mutex<String>>,
    reading: Option<std::thread::JoinHandle<()>>,
}

/// How a process ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
    /// From the signal, or from the question.
    pub(crate) took: Duration,
}

impl Running {
    /// Starts the program; its standard error is read as it comes.
    pub(crate) fn start(command: &mut Command) -> Self {
        PREFIX.with_borrow(|prefix| {
            if !prefix.is_empty() {
                command.args(["--topic-prefix", prefix]);
            }
        });
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        let (lines, told) =
            (BufReader::new(child.stderr.take().unwrap()).lines(), Arc::clone(&stderr));
        let reading = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                *told.lock().unwrap() += &(line + "\n");
            }
        });
        Self { child, stderr, reading: Some(reading) }
    }

    /// Its standard input.
    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().unwrap()
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// `GET` of a path where `--metrics` tells: code and body.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    fn address(&self) -> String {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let told = self.stderr.lock().unwrap().clone();
            // Alone on its line, or the message of a log line.
            let address = told.split("metrics at http://").nth(1);
            let address = address.and_then(|rest| rest.split_once("/metrics")).map(|it| it.0);
            if let Some(address) = address {
                return address.to_owned();
            }
            assert!(Instant::now() < deadline, "no address of metrics: {told}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends SIGTERM.
    pub(crate) fn signal(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) fn stop(self) -> Ended {
        self.signal();
        self.end()
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> Ended {
        let since = Instant::now();
        let code = self.child.wait().unwrap().code();
        let took = since.elapsed();
        self.reading.take().unwrap().join().unwrap();
        Ended { code, stderr: self.stderr.lock().unwrap().clone(), took }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended, unless a test failed.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

thread_local! {
    static PREFIX: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Whatever `work` starts with [`Running`] has topics with this prefix.
pub(crate) fn with_prefix(prefix: &str, work: impl FnOnce()) {
    PREFIX.with_borrow_mut(|mine| prefix.clone_into(mine));
    work();
    PREFIX.with_borrow_mut(String::clear);
}

/// Says something that is read when a test fails, or with `--nocapture`.
#[expect(clippy::print_stdout, reason = "a test's output is what it captures")]
pub(crate) fn tell(text: &str) {
    println!("{text}");
}
