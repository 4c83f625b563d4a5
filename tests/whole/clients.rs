//! Tools that are not ours see everything: an independent client reads the buckets.

use crate::processes::{Process, succeed};
use bellwether_tests::{Broker, eventually};
use serde_json::Value;
use std::{path::PathBuf, process::Command, time::Duration};

const READ: &str = r#"
import asyncio, json, sys
import msgpack, nats

async def main():
    client = await nats.connect(sys.argv[1])
    js = client.jetstream()
    found = {}
    for bucket in ("regime", "breadth"):
        store = await js.key_value(bucket)
        entry = await store.get("live.sample")
        value = msgpack.unpackb(entry.value)
        message = await js.get_last_msg(f"KV_{bucket}", f"$KV.{bucket}.live.sample")
        history = await store.get("live.sample", revision=entry.revision - 1)
        found[bucket] = {
            "ordinal": value["scan"]["ordinal"],
            "schema": value["schema"],
            "parts": sorted(value["parts"]),
            "headers": dict(message.headers),
            "previous": msgpack.unpackb(history.value)["scan"]["ordinal"],
        }
    print(json.dumps(found))
    await client.close()

asyncio.run(main())
"#;

/// The Python with an independent NATS client that `tests/run` set up; without it the test skips, and says so.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("BELLWETHER_TEST_PYTHON").map(PathBuf::from);
    if python.is_none() {
        eprintln!("skipped: BELLWETHER_TEST_PYTHON names no Python with nats-py; tests/run sets it up");
    }
    python
}

#[test]
fn an_independent_client_reads_values_history_and_headers() {
    let Some(python) = python() else { return };
    let broker = Broker::start();
    succeed(&broker, &["init"]);
    let _services = ["scanner", "regime", "breadth"].map(|service| Process::start(&broker, service));
    succeed(&broker, &["import", "--sample"]);
    let found = eventually("both workers have folded everything", Duration::from_secs(120), || {
        let output = Command::new(&python).args(["-c", READ, &broker.url()]).output().expect("run Python");
        let found: Value = serde_json::from_slice(&output.stdout).ok()?;
        let done = ["regime", "breadth"].iter().all(|bucket| found[bucket]["ordinal"] == 1260);
        done.then_some(found)
    });
    for bucket in ["regime", "breadth"] {
        assert_eq!(found[bucket]["schema"], format!("{bucket}/1"));
        assert_eq!(found[bucket]["previous"], 1259, "revisions are the history");
        let headers = &found[bucket]["headers"];
        assert_eq!(headers["Bw-Ordinal"], "1260");
        assert_eq!(headers["Bw-Schema"], format!("{bucket}/1"));
        assert_eq!(headers["Content-Type"], "application/msgpack");
        for name in ["Bw-Scan", "Bw-Cause", "Bw-Root", "Bw-Code", "Bw-Digest", "traceparent"] {
            assert!(headers[name].is_string(), "{bucket}: no {name}");
        }
    }
}
