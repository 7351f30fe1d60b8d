//! A broker of the test's own, which may be hurt. The tests of the journal take this file in, too.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

const DEATH_MAX: Duration = Duration::from_secs(20);

/// A Kafka that this test started; it ends with it.
pub(super) struct Broker {
    pub(super) folder: TempDir,
    address: String,
}

impl Broker {
    pub(super) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = script("start", folder.path());
        Self { folder, address }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// In order, as an upgrade would.
    pub(super) fn restart(&self) {
        self.end();
        self.begin();
    }

    /// Without warning, and up again.
    pub(super) fn kill_and_start(&self) {
        self.kill();
        self.begin();
    }

    fn signal(&self, name: &str) -> String {
        let pid = std::fs::read_to_string(self.folder.path().join("pid")).unwrap();
        let pid = pid.trim();
        let sent = Command::new("kill").args([&format!("-{name}"), pid]).status().unwrap();
        assert!(sent.success(), "SIG{name} did not reach the broker");
        pid.to_owned()
    }

    /// It answers nobody, and its connections stay.
    pub(super) fn freeze(&self) {
        self.signal("STOP");
    }

    /// It goes on as if nothing had been.
    pub(super) fn thaw(&self) {
        self.signal("CONT");
    }

    /// Without warning.
    pub(super) fn kill(&self) {
        let pid = self.signal("KILL");
        let deadline = Instant::now() + DEATH_MAX;
        let lives = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            !stat.is_empty() && !stat.contains(") Z ")
        };
        while lives() {
            assert!(Instant::now() < deadline, "the broker does not die");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops it; its data stay.
    fn end(&self) {
        script("stop", self.folder.path());
    }

    /// Starts it where it was.
    pub(super) fn begin(&self) {
        let address = script("start", self.folder.path());
        let failed = std::fs::read_to_string(self.folder.path().join("kafka.log.failed"));
        assert_eq!(address, self.address, "it came back elsewhere: {failed:?}");
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // A test may have failed while it was frozen, or killed.
        if let Ok(pid) = std::fs::read_to_string(self.folder.path().join("pid")) {
            Command::new("kill").args(["-CONT", pid.trim()]).status().ok();
        }
        self.end();
    }
}

fn script(what: &str, folder: &Path) -> String {
    let mut above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = above.find(|it| it.join("deploy/kafka.sh").exists()).unwrap();
    let output =
        Command::new("deploy/kafka.sh").current_dir(root).arg(what).arg(folder).output().unwrap();
    assert!(output.status.success(), "deploy/kafka.sh {what}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
