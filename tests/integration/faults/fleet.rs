//! Ingest, several workers of the analysis, and report; somebody who starts them again; and what may
//! be done to them.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use super::archives::Archives;
use crate::support::{colloquy, folder, published, tell};

const TICK: Duration = Duration::from_millis(50);
/// Longest time in which everything must be published once the fire is over and everything is read.
const REST_MAX: Duration = Duration::from_secs(150);
/// Longest time until something more is taken in: a thousand faults leave half a million entries, nearly all
/// of them late, to programs that nothing made fast; they take a minute.
const STILL_MAX: Duration = Duration::from_mins(4);
/// Longest time that they may take something in until then: whoever does the same again and again moves,
/// too.
const MOVING_MAX: Duration = Duration::from_mins(15);
/// Longest time that a process takes to end when it is told to.
const END_MAX: Duration = Duration::from_secs(30);
/// Processes that ended by themselves and were started again, at most, where faults are few: a fault
/// may cost a restart, and no more.
const FAILURES_MAX: usize = 40;
/// Longest time that one more chat takes to be read.
const INGEST_MAX: Duration = Duration::from_secs(10);
const WORKERS_MAX: usize = 5;

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Ingest,
    Analyze,
    Report,
}

struct Process {
    role: Role,
    child: Child,
    /// What it says.
    log: PathBuf,
    /// Goes on at this moment.
    stopped_until: Option<Instant>,
    /// The chat that an ingest brings.
    chat: Option<&'static str>,
}

/// What happened.
#[derive(Debug, Default)]
struct Counts {
    started: usize,
    killed: usize,
    stopped: usize,
    left: usize,
    /// Ended with an error and were started again.
    failed: usize,
    /// Told to end, and did so without what was in hand: no broker answered.
    gave_up: usize,
    ingested: usize,
}

/// The processes over one journal.
pub(super) struct Fleet<'a> {
    journal: String,
    extra: Vec<String>,
    out: PathBuf,
    archives: &'a Archives,
    logs: TempDir,
    processes: Vec<Process>,
    /// Chats that are still to be ingested.
    queue: VecDeque<&'static str>,
    /// Chats that were ingested, or begun.
    brought: Vec<&'static str>,
    workers_wanted: usize,
    counts: Counts,
    failures_max: usize,
}

impl<'a> Fleet<'a> {
    pub(super) fn start(
        journal: &str,
        extra: Vec<String>,
        out: &Path,
        archives: &'a Archives,
        workers: usize,
    ) -> Self {
        Self {
            journal: journal.to_owned(),
            extra,
            out: out.to_owned(),
            archives,
            logs: folder(),
            processes: Vec::new(),
            queue: VecDeque::new(),
            brought: Vec::new(),
            workers_wanted: workers,
            counts: Counts::default(),
            failures_max: FAILURES_MAX,
        }
    }

    /// So many faults may cost as many restarts.
    pub(super) fn allow_failures(&mut self, faults: usize) {
        self.failures_max = self.failures_max.max(faults);
    }

    fn spawn(&mut self, role: Role, arguments: &[String], chat: Option<&'static str>) {
        let mut command = colloquy();
        command.args(arguments).args(["--journal", &self.journal]).args(&self.extra);
        let log = self.logs.path().join(format!("{}-{role:?}", self.counts.started));
        command.stdout(Stdio::null()).stderr(File::create(&log).unwrap());
        let child = command.spawn().unwrap();
        self.counts.started += 1;
        self.processes.push(Process { role, child, log, stopped_until: None, chat });
    }

    /// Starts whatever should run and does not.
    fn mend(&mut self, dice: &mut ChaCha8Rng) {
        while self.count(Role::Analyze) < self.workers_wanted {
            self.spawn(Role::Analyze, &["analyze".to_owned()], None);
        }
        if self.count(Role::Report) == 0 {
            let out = self.out.to_str().unwrap().to_owned();
            self.spawn(Role::Report, &["report".to_owned(), "--out".to_owned(), out], None);
        }
        if self.count(Role::Ingest) == 0
            && let Some(chat) = self.queue.pop_front()
        {
            self.ingest(chat, dice);
        }
    }

    /// Something new: the chats come one after the other, so that there is work at every fault.
    pub(super) fn bring(&mut self, nth: usize) {
        let chat = Archives::chats().nth(nth).unwrap();
        self.queue.push_back(chat);
        self.brought.push(chat);
    }

    fn ingest(&mut self, chat: &'static str, dice: &mut ChaCha8Rng) {
        let mut arguments = vec!["ingest".to_owned()];
        let files = self.archives.files(chat, dice);
        arguments.extend(files.iter().map(|file| file.to_str().unwrap().to_owned()));
        arguments.extend(["--chat".to_owned(), chat.to_owned()]);
        self.spawn(Role::Ingest, &arguments, Some(chat));
    }

    fn count(&self, role: Role) -> usize {
        self.processes.iter().filter(|it| it.role == role).count()
    }

    /// Lets those go on whose time has come, and buries those that ended.
    fn look_after(&mut self) {
        let now = Instant::now();
        for process in &mut self.processes {
            if process.stopped_until.is_some_and(|until| until <= now) {
                signal(&process.child, "CONT");
                process.stopped_until = None;
            }
        }
        let mut at = 0;
        while at < self.processes.len() {
            let Some(status) = self.processes[at].child.try_wait().unwrap() else {
                at += 1;
                continue;
            };
            let Process { role, chat, .. } = self.processes.remove(at);
            if let (Role::Ingest, Some(0 | 1)) = (role, status.code()) {
                self.counts.ingested += 1;
            } else {
                self.counts.failed += 1;
                assert!(self.counts.failed <= self.failures_max, "it fails again and again");
                self.queue.extend(chat);
            }
        }
    }

    /// The fleet at work for a while.
    pub(super) fn keep_going(&mut self, time: Duration, dice: &mut ChaCha8Rng) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.look_after();
            self.mend(dice);
            std::thread::sleep(TICK);
        }
    }

    /// One of the processes of a role that run; an ingest is started if there is none.
    fn victim(&mut self, role: Role, dice: &mut ChaCha8Rng) -> usize {
        if role == Role::Ingest && self.count(role) == 0 {
            let chat = self.queue.pop_front();
            let chat = chat.unwrap_or_else(|| self.brought.choose(dice).unwrap());
            self.ingest(chat, dice);
            std::thread::sleep(Duration::from_millis(150));
        }
        self.mend(dice);
        let of_role = |it: &&Process| it.role == role && it.stopped_until.is_none();
        let running: Vec<u32> = self.processes.iter().filter(of_role).map(pid).collect();
        // All of them may be stopped; then one of those it is.
        let all = self.processes.iter().filter(|it| it.role == role).map(pid).collect::<Vec<_>>();
        let id = *running.choose(dice).or_else(|| all.choose(dice)).unwrap();
        self.processes.iter().position(|it| pid(it) == id).unwrap()
    }

    /// kill -9. Whoever looks after the fleet starts another one.
    pub(super) fn kill(&mut self, role: Role, dice: &mut ChaCha8Rng) {
        let at = self.victim(role, dice);
        let mut process = self.processes.remove(at);
        process.child.kill().unwrap();
        process.child.wait().unwrap();
        self.queue.extend(process.chat);
        self.counts.killed += 1;
    }

    /// Stops a process for so long; it knows nothing of it.
    pub(super) fn stop(&mut self, role: Role, time: Duration, dice: &mut ChaCha8Rng) {
        let at = self.victim(role, dice);
        let process = &mut self.processes[at];
        signal(&process.child, "STOP");
        process.stopped_until = Some(Instant::now() + time);
        self.counts.stopped += 1;
    }

    /// One worker more, if there is room.
    pub(super) fn join(&mut self) {
        self.workers_wanted = WORKERS_MAX.min(self.workers_wanted + 1);
    }

    /// A worker is told to end; from two on another one follows it.
    pub(super) fn leave(&mut self, dice: &mut ChaCha8Rng) {
        let at = self.victim(Role::Analyze, dice);
        let process = self.processes.remove(at);
        signal(&process.child, "CONT");
        self.end(process);
        self.workers_wanted = 2.max(self.workers_wanted - 1);
        self.counts.left += 1;
    }

    /// A chat is ingested once more.
    pub(super) fn again(&mut self, dice: &mut ChaCha8Rng) {
        self.queue.extend(self.brought.choose(dice));
    }

    /// SIGTERM, and an orderly end within bounds. Whoever is stopped goes on meanwhile when its time
    /// comes: it may hold what this one waits for.
    fn end(&mut self, mut process: Process) {
        signal(&process.child, "TERM");
        let code = self.wait(&mut process.child, END_MAX);
        // A broker that has just been killed may not be back in time; then it says so, and loses nothing.
        let gave_up = code == Some(3) && Self::said(&process).contains("Kafka does not answer");
        self.counts.gave_up += usize::from(gave_up);
        let in_order = code == Some(0) || gave_up;
        assert!(in_order, "{:?} ended with {code:?}: {}", process.role, self.words());
    }

    /// SIGTERM for everybody at once: who ended, with which code, after how long. Nobody looks after
    /// them meanwhile; what an ingest had to bring is to be brought again.
    pub(super) fn end_all(&mut self) -> Vec<(Role, Option<i32>, Duration)> {
        for process in &self.processes {
            signal(&process.child, "TERM");
        }
        let since = Instant::now();
        let mut ended = Vec::new();
        while !self.processes.is_empty() {
            let is_late = since.elapsed() > END_MAX;
            self.processes.retain_mut(|process| {
                if is_late {
                    process.child.kill().unwrap();
                    process.child.wait().unwrap();
                }
                let status = process.child.try_wait().unwrap();
                let Some(status) = status else { return true };
                self.queue.extend(process.chat);
                ended.push((process.role, status.code(), since.elapsed()));
                false
            });
            std::thread::sleep(TICK);
        }
        ended
    }

    /// The exit code of a process that ends within `time`.
    fn wait(&mut self, child: &mut Child, time: Duration) -> Option<i32> {
        let until = Instant::now() + time;
        while Instant::now() < until {
            if let Some(status) = child.try_wait().unwrap() {
                return status.code();
            }
            self.look_after();
            std::thread::sleep(TICK);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        None
    }

    /// Runs a service until it has nothing left to do.
    fn until_idle(&mut self, arguments: &[&str], time: Duration) -> Option<i32> {
        let mut process = self.aside(arguments);
        self.wait(&mut process.child, time)
    }

    /// A service that nobody starts again.
    fn aside(&mut self, arguments: &[&str]) -> Process {
        let arguments: Vec<String> = arguments.iter().map(|&it| it.to_owned()).collect();
        self.spawn(Role::Report, &arguments, None);
        self.processes.pop().unwrap()
    }

    /// The same for as long as the services take something in meanwhile.
    fn while_it_moves(&mut self, arguments: &[&str]) -> Option<i32> {
        let mut process = self.aside(arguments);
        let mut lag = None;
        let began = Instant::now();
        loop {
            let until = Instant::now() + STILL_MAX;
            while Instant::now() < until {
                if let Some(status) = process.child.try_wait().unwrap() {
                    return status.code();
                }
                self.look_after();
                std::thread::sleep(TICK);
            }
            let now = Some(self.lag());
            if now == lag || began.elapsed() > MOVING_MAX {
                process.child.kill().unwrap();
                process.child.wait().unwrap();
                return None;
            }
            tell(&format!("not at rest yet: {}", now.as_deref().unwrap_or_default()));
            lag = now;
        }
    }

    /// What `doctor` says of what is not taken in yet.
    fn lag(&self) -> String {
        let said = self.looked_at();
        said.lines().filter(|line| line.contains("positions")).collect::<Vec<_>>().join("; ")
    }

    /// What analysis and report make of the journal when they are asked once more, into a folder of
    /// their own: it tells a journal that lost something from a report that ended too early.
    pub(super) fn asked_again(&mut self) -> BTreeMap<String, Vec<u8>> {
        let out = folder();
        let path = out.path().to_str().unwrap();
        self.until_idle(&["analyze", "--until-idle"], REST_MAX);
        self.until_idle(&["report", "--until-idle", "--out", path], REST_MAX);
        published(out.path())
    }

    /// No more faults: everything is ingested, analysed and published.
    pub(super) fn come_to_rest(&mut self, dice: &mut ChaCha8Rng) {
        let waiting = u32::try_from(self.queue.len()).unwrap();
        let deadline = Instant::now() + REST_MAX + INGEST_MAX * waiting;
        for process in &mut self.processes {
            if process.stopped_until.take().is_some() {
                signal(&process.child, "CONT");
            }
        }
        self.until_read_by(deadline, dice);
        while let Some(at) = self.processes.iter().position(|it| it.role == Role::Report) {
            let report = self.processes.remove(at);
            self.end(report);
        }
        let out = self.out.to_str().unwrap().to_owned();
        let code = self.while_it_moves(&["report", "--until-idle", "--out", &out]);
        if code != Some(0) {
            tell(&self.examined());
        }
        assert_eq!(code, Some(0), "the report does not come to its end: {}", self.words());
        // The workers live, and end as they are told.
        self.look_after();
        assert!(self.count(Role::Analyze) > 0, "no worker is left: {}", self.words());
        while let Some(worker) = self.processes.pop() {
            self.end(worker);
        }
    }

    /// Waits until everything that was brought is ingested.
    pub(super) fn until_read(&mut self, dice: &mut ChaCha8Rng) {
        let waiting = u32::try_from(self.queue.len()).unwrap() + 1;
        self.until_read_by(Instant::now() + INGEST_MAX * waiting, dice);
    }

    fn until_read_by(&mut self, deadline: Instant, dice: &mut ChaCha8Rng) {
        while !self.queue.is_empty() || self.count(Role::Ingest) > 0 {
            assert!(Instant::now() < deadline, "ingest does not end: {}", self.words());
            self.keep_going(TICK, dice);
        }
    }

    /// Waits until the chat brought last is ingested and its journal open: who finds no broker when they
    /// start gives up after a while, and who loses it on the way waits.
    pub(super) fn until_ingesting(&mut self, dice: &mut ChaCha8Rng) {
        let deadline = Instant::now() + INGEST_MAX;
        let wanted = self.brought.last().copied();
        let began = |process: &Process| {
            process.chat == wanted && Self::said(process).contains("ingest began")
        };
        while !self.processes.iter().any(began) {
            assert!(Instant::now() < deadline, "ingest does not begin: {}", self.words());
            self.keep_going(TICK, dice);
        }
    }

    pub(super) fn is_ingesting(&mut self) -> bool {
        self.look_after();
        self.count(Role::Ingest) > 0
    }

    /// Processes that were told to end, and had to leave what was in hand.
    pub(super) fn gave_up(&self) -> usize {
        self.counts.gave_up
    }

    /// Processes that ended by themselves with an error.
    pub(super) fn failed(&self) -> usize {
        self.counts.failed
    }

    /// The most memory that any process that runs had in hand.
    pub(super) fn peak_kib(&self) -> u64 {
        let peak = |process: &Process| {
            let status = fs::read_to_string(format!("/proc/{}/status", process.child.id())).ok()?;
            let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        };
        self.processes.iter().filter_map(peak).max().unwrap()
    }

    /// What was counted, for a person.
    pub(super) fn told(&self) -> String {
        format!("{:?}, fenced {}", self.counts, self.fenced())
    }

    /// Commits of workers that were refused, because their partitions were another's by then.
    fn fenced(&self) -> usize {
        self.words().matches("another worker owns the partitions").count()
    }

    /// Fails unless the fleet was really hit.
    pub(super) fn assert_hit(&self) {
        let Counts { started, killed, stopped, ingested, .. } = self.counts;
        assert!(killed > 0 && stopped > 0, "{:?}", self.counts);
        assert!(started > killed + 4, "{:?}", self.counts);
        assert!(ingested >= Archives::chats().count(), "{:?}", self.counts);
    }

    /// What `doctor` says of the journal: who has how much left to read tells a slow worker from one that
    /// stands still.
    fn examined(&self) -> String {
        let (before, later) = (self.looked_at(), self.looked_at());
        format!("{before}\n-- and once more\n{later}")
    }

    fn looked_at(&self) -> String {
        let look = colloquy().args(["doctor", "--journal", &self.journal]).output().unwrap();
        String::from_utf8_lossy(&look.stdout).into_owned()
    }

    /// What one of them said.
    fn said(process: &Process) -> String {
        String::from_utf8_lossy(&fs::read(&process.log).unwrap()).into_owned()
    }

    /// Everything that the processes said.
    fn words(&self) -> String {
        let mut logs: Vec<PathBuf> =
            fs::read_dir(self.logs.path()).unwrap().map(|it| it.unwrap().path()).collect();
        logs.sort();
        let said = |path: &PathBuf| {
            let text = fs::read(path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            format!("\n-- {name}\n{}", String::from_utf8_lossy(&text))
        };
        logs.iter().map(said).collect()
    }
}

impl Drop for Fleet<'_> {
    fn drop(&mut self) {
        for process in &mut self.processes {
            process.child.kill().ok();
            process.child.wait().ok();
        }
        if std::thread::panicking() {
            tell(&self.words());
        }
    }
}

fn pid(process: &Process) -> u32 {
    process.child.id()
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status();
    assert!(sent.unwrap().success(), "SIG{name} did not reach {}", child.id());
}
