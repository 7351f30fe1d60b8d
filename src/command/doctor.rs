//! `colloquy doctor`: what is well and what is not, before or while the services run.

use std::path::Path;

use colloquy_journal::checkup::{Finding, Verdict, examine};
use colloquy_journal::kafka::KafkaOptions;
use colloquy_journal::{JournalUrl, Settings};
use colloquy_report::checkup::{Row, table};

use super::Exit;
use crate::cli::Doctor;
use crate::home::{Home, JournalAt};
use crate::input::SERVICES_JOURNAL;
use crate::{checkup, console, kafka};

/// Looks at everything and prints a table; the worst that was found decides the exit code.
pub(super) fn doctor(doctor: &Doctor) -> anyhow::Result<Exit> {
    let typed = &doctor.home;
    let mut findings = vec![checkup::configuration(typed.config.as_deref())];
    findings.push(checkup::clock(jiff::Timestamp::now()));
    let out = typed.out.as_deref().unwrap_or(Path::new(crate::home::OUT));
    findings.extend(checkup::folder(out));
    findings.extend(checkup::kept(&Home::Folder(out.to_owned())));
    findings.extend(journal(doctor));
    console::say(table(&rows(&findings), console::width()).trim_end())?;
    Ok(match findings.iter().map(|finding| finding.verdict).max() {
        None | Some(Verdict::Fine) => Exit::Done,
        Some(Verdict::Warning) => Exit::SomeRejected,
        Some(Verdict::Failure) => Exit::Failed,
    })
}

fn journal(doctor: &Doctor) -> Vec<Finding> {
    let typed = &doctor.home;
    let usual = JournalUrl::Sqlite(SERVICES_JOURNAL.into());
    let url = match &typed.journal {
        Some(url) => url.clone(),
        None if Path::new(SERVICES_JOURNAL).exists() => usual,
        None => JournalUrl::Memory,
    };
    let mut findings = Vec::new();
    let kafka = match kafka::options(typed.config.as_deref(), &typed.kafka) {
        Ok(options) => options,
        Err(error) => {
            let hint = "correct it: without its settings no broker is asked";
            findings.push(Finding::failure("Kafka settings", error.to_string(), hint));
            if matches!(url, JournalUrl::Kafka(_)) {
                return findings;
            }
            KafkaOptions::default()
        }
    };
    if let JournalUrl::Sqlite(path) = &url {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        findings.extend(checkup::space("journal disk", folder.unwrap_or(Path::new("."))));
    }
    let settings = Settings { prefix: typed.topic_prefix.clone(), kafka, ..Settings::default() };
    let groups = [colloquy_analyze::driver::GROUP, colloquy_report::driver::GROUP];
    let checkup = examine(&url, &settings, &groups);
    findings.extend(checkup.findings);
    if checkup.is_usable {
        findings.extend(checkup::kept(&Home::Journal(JournalAt::of(url, typed))));
    }
    findings
}

fn rows(findings: &[Finding]) -> Vec<Row<'_>> {
    findings.iter().map(row).collect()
}

fn row(finding: &Finding) -> Row<'_> {
    let Finding { what, verdict, told, hint } = finding;
    let verdict = match verdict {
        Verdict::Fine => "ok",
        Verdict::Warning => "warn",
        Verdict::Failure => "fail",
    };
    Row { verdict, what, told, hint }
}
