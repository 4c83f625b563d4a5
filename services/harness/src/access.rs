//! What each service may do on the broker: exactly what it does, and nothing else.
//!
//! Every stream is in an account of its own, and every service is in an account of its own that imports, subject by
//! subject, what it needs of the streams' accounts. So a reply subject that a service makes up means something in its
//! own account only, and a delivery subject means something in the one stream's account only, where nothing else is.

use bellwether_schemas::names::{self, api};
use bellwether_worker::Source;

/// One right on the account of a stream.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// The stream.
    pub stream: String,
    /// What may be asked of it.
    pub of: Of,
}

/// What a right is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// Publishing to these subjects; the broker stores it and answers.
    Put(String),
    /// This call of the API, without its prefix.
    Call(String),
    /// Telling that what was sent has been read.
    Flow,
    /// Being sent to.
    Deliveries,
}

/// Everything one service may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The service; names its account, its key and its certificate.
    pub name: String,
    /// Its rights on streams.
    pub rights: Vec<Right>,
    /// Whether it hears how the services are.
    pub hears: bool,
    /// Whether it may ask every service who it is. One alone: who is asked through another answers twice.
    pub asks: bool,
    /// Whether it says how it is, and can be asked.
    pub says: bool,
    /// Whether it says, under its own name, how those are that cannot say it themselves.
    pub stands_in: bool,
}

impl Role {
    /// Whether it tells how services are: itself, or others.
    pub fn tells(&self) -> bool {
        self.says || self.stands_in
    }
}

/// A worker as the table below needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worker {
    /// Its name, which is that of its bucket.
    pub name: &'static str,
    /// What it follows.
    pub source: Source,
}

/// The operator: makes the streams, reads everything, stores nothing but its log lines.
pub const OPERATOR: &str = "operator";
/// Brings in bars and scans.
pub const IMPORTER: &str = "importer";

/// Every role. `streams` are all there are; `sample` is the universe made up for show.
pub fn roles(workers: &[Worker], streams: &[String], sample: &str) -> Vec<Role> {
    let mut roles: Vec<_> = workers.iter().map(worker).collect();
    roles.extend([
        scanner(),
        gateway(streams),
        market("sample", &format!("bars.*.{sample}")),
        importer(streams),
        operator(streams),
    ]);
    roles
}

/// Collects the rights of one role.
struct Rights(Vec<Right>);

impl Rights {
    fn of_service(name: &str) -> Self {
        Self(Vec::new()).put(names::LOGS, &names::log_subject(name))
    }

    fn add(mut self, stream: &str, of: Of) -> Self {
        self.0.push(Right { stream: stream.to_owned(), of });
        self
    }

    fn put(self, stream: &str, subjects: &str) -> Self {
        self.add(stream, Of::Put(subjects.to_owned()))
    }

    fn call(self, stream: &str, call: String) -> Self {
        self.add(stream, Of::Call(call))
    }

    fn last(self, stream: &str) -> Self {
        self.call(stream, api::message_get(stream))
    }

    /// Follow `subjects`, and find the place in them.
    fn follow(self, stream: &str, subjects: &str) -> Self {
        self.call(stream, api::stream_info(stream))
            .call(stream, api::direct_get(stream))
            .call(stream, api::direct_get_last(stream, subjects))
            .call(stream, api::consumer_create(stream, subjects))
            .add(stream, Of::Flow)
            .add(stream, Of::Deliveries)
            .last(stream)
    }

    /// Follow, and read the past.
    fn read(self, stream: &str, subjects: &str) -> Self {
        self.follow(stream, subjects).call(stream, api::consumer_delete(stream))
    }

    /// Record what was refused.
    fn reject(self, service: &str) -> Self {
        self.put(names::REJECTS, &format!("reject.{service}.>")).last(names::REJECTS)
    }

    /// Mark the events it begins to fold.
    fn mark(self, service: &str) -> Self {
        let markers = names::bucket_stream(names::MARKERS);
        self.put(&markers, &format!("{}.{service}.>", names::state_prefix(names::MARKERS))).last(&markers)
    }

    fn sorted(mut self) -> Vec<Right> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}

fn service(name: &str, rights: Rights) -> Role {
    Role { name: name.to_owned(), rights: rights.sorted(), hears: false, asks: false, says: true, stands_in: false }
}

fn worker(worker: &Worker) -> Role {
    let name = worker.name;
    let own = names::bucket_stream(name);
    let rights = Rights::of_service(name)
        .put(&own, &names::bucket_subjects(name))
        .last(&own)
        .call(&own, api::stream_info(&own))
        .mark(name)
        .reject(name);
    let rights = match worker.source {
        Source::Scans => rights.follow(names::SCANS, names::SCANS_SUBJECTS),
        Source::Bucket(upstream) => {
            let source = names::bucket_stream(upstream);
            // The scan at the root of a result is read by its sequence.
            rights
                .follow(&source, &names::bucket_subjects(upstream))
                .call(names::SCANS, api::direct_get(names::SCANS))
                .last(names::SCANS)
        }
    };
    service(name, rights)
}

fn scanner() -> Role {
    let rights = Rights::of_service("scanner")
        .read(names::BARS, names::BARS_SUBJECTS)
        .put(names::SCANS, names::SCANS_SUBJECTS)
        .read(names::SCANS, names::SCANS_SUBJECTS)
        .mark("scanner")
        .reject("scanner")
        // What ended its process stands there, and is not folded again.
        .read(names::REJECTS, "reject.scanner.>");
    service("scanner", rights)
}

/// Reads everything; writes nothing but the scans that were uploaded.
fn gateway(streams: &[String]) -> Role {
    let rights = everything(Rights::of_service("gateway"), streams).put(names::SCANS, names::SCANS_SUBJECTS);
    Role { hears: true, ..service("gateway", rights.reject("gateway")) }
}

fn market(name: &str, subjects: &str) -> Role {
    let rights =
        Rights::of_service(name).put(names::BARS, subjects).read(names::BARS, names::BARS_SUBJECTS).last(names::SCANS);
    service(name, rights)
}

fn importer(streams: &[String]) -> Role {
    // It looks whether everything is there before it begins.
    let rights = streams
        .iter()
        .fold(Rights::of_service(IMPORTER), |rights, stream| rights.call(stream, api::stream_info(stream)));
    let rights = rights
        .put(names::BARS, names::BARS_SUBJECTS)
        .read(names::BARS, names::BARS_SUBJECTS)
        .put(names::SCANS, names::SCANS_SUBJECTS)
        .read(names::SCANS, names::SCANS_SUBJECTS);
    Role { says: false, ..service(IMPORTER, rights.reject("import")) }
}

fn operator(streams: &[String]) -> Role {
    // `up` is the operator, logs under its own name, and tells of the processes that have ended.
    let mut rights = everything(Rights::of_service(OPERATOR), streams).put(names::LOGS, &names::log_subject("up"));
    for stream in streams {
        rights = rights.call(stream, api::stream_create(stream));
    }
    Role { hears: true, asks: true, says: false, stands_in: true, ..service(OPERATOR, rights) }
}

fn everything(rights: Rights, streams: &[String]) -> Rights {
    streams.iter().fold(rights, |rights, stream| {
        // Whoever may read all of it needs no filter.
        rights
            .read(stream, ">")
            .call(stream, api::consumer_create_whole(stream))
            .call(stream, api::STREAM_LIST.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Vec<Role> {
        let workers = [
            Worker { name: "regime", source: Source::Scans },
            Worker { name: "position", source: Source::Bucket("regime") },
        ];
        let streams = ["BARS", "SCANS", "REJECTS", "LOGS", "KV_regime", "KV_position", "KV_bw_markers"];
        roles(&workers, &streams.map(str::to_owned), "sample")
    }

    fn writers(subject: &str) -> Vec<String> {
        let puts = |role: &Role| role.rights.iter().any(|right| right.of == Of::Put(subject.to_owned()));
        table().into_iter().filter(puts).map(|role| role.name).collect()
    }

    #[test]
    fn a_bucket_has_one_writer() {
        assert_eq!(writers("$KV.regime.>"), ["regime"]);
        assert_eq!(writers("$KV.position.>"), ["position"]);
        assert_eq!(writers("bars.>"), ["importer"]);
    }

    #[test]
    fn only_the_operator_makes_streams_and_nobody_changes_or_deletes_one() {
        for role in table() {
            for Right { of, .. } in &role.rights {
                let Of::Call(call) = of else { continue };
                assert!(!call.starts_with("STREAM.CREATE") || role.name == OPERATOR, "{}: {call}", role.name);
                let forbidden = ["UPDATE", "STREAM.DELETE", "PURGE", "SNAPSHOT", "RESTORE", "MSG.DELETE"];
                assert!(!forbidden.iter().any(|word| call.contains(word)), "{}: {call}", role.name);
            }
        }
    }
}
