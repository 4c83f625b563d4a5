//! Records that are carried to another machine, and lanes that are compared.

use crate::{
    WORKERS,
    processes::{Process, bellwether, succeed},
    verify::{SESSIONS, folded},
};
use bellwether_harness::lane;
use bellwether_tests::{Broker, eventually_async};
use serde_json::Value;
use std::{fs, path::Path, time::Duration};

fn said(broker: &Broker, arguments: &[&str]) -> (i32, String) {
    let output = bellwether(broker, arguments);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().expect("an exit code"), String::from_utf8_lossy(&text).into_owned())
}

/// Brings a bundle in and verifies the lane it is in. Gives the lane and the report.
fn carried(broker: &Broker, bundle: &Path) -> (String, Value) {
    let bundle = bundle.to_str().expect("a path of text");
    let lane = succeed(broker, &["import", bundle]).split(' ').next().expect("a lane").to_owned();
    assert!(succeed(broker, &["import", bundle]).contains("is here already"));
    let report = succeed(broker, &["verify", "--lane", &lane, "--json"]);
    (lane, serde_json::from_str(&report).expect("JSON"))
}

fn of<'a>(report: &'a Value, service: &str) -> &'a Value {
    let services = report["universes"][0]["services"].as_array().expect("services");
    services.iter().find(|tally| tally["service"] == service).expect("the service")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_proves_itself_on_another_machine_and_a_touched_one_is_named_and_not_taken() {
    let (here, there) = (folded(None).await, Broker::start());
    let folder = here.folder();
    let (whole, day, bad) = (folder.join("all.bundle"), folder.join("day.bundle"), folder.join("bad.bundle"));
    let text = |path: &Path| path.to_str().expect("a path of text").to_owned();
    succeed(&here, &["export", "--universe", "sample", &text(&whole)]);
    succeed(&here, &["export", "--universe", "sample", "--from", "1200", "--to", "1204", &text(&day)]);
    assert_ne!(said(&here, &["export", "--universe", "sample", &text(&day)]).0, 0, "what is there is not overwritten");
    assert_ne!(said(&here, &["export", "--universe", "nobody", &text(&folder.join("none"))]).0, 0);
    assert!(!folder.join("none").exists(), "half a bundle is none");

    let (_, report) = carried(&there, &whole);
    for service in ["scanner"].iter().chain(&WORKERS) {
        assert_eq!(of(&report, service)["identical"], SESSIONS, "{service}");
    }
    let (lane, report) = carried(&there, &day);
    for service in WORKERS {
        assert_eq!(of(&report, service)["identical"], 5, "{service} in {lane}");
    }

    let mut bytes = fs::read(&day).expect("the bundle");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&bad, bytes).expect("a touched bundle");
    let before = succeed(&there, &["replay", "list", "--json"]);
    let (code, said) = said(&there, &["import", &text(&bad)]);
    assert!(code != 0 && said.contains("was changed") && said.contains("120"), "{said}");
    assert_eq!(succeed(&there, &["replay", "list", "--json"]), before, "nothing of it was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn lanes_part_where_their_rules_first_matter_and_a_lane_verifies_under_its_own() {
    let broker = folded(None).await;
    let _service = Process::start(&broker, "replay");
    let bus = broker.bus().await;
    let set = ["--set", "regime.confirm_scans=5"];
    for arguments in [&["--lane", "replay-same"][..], &[&["--lane", "what-if-slow"], &set[..]].concat()] {
        succeed(&broker, &[&["replay", "--universe", "sample", "--detach"], arguments].concat());
    }
    for name in ["replay-same", "what-if-slow"] {
        eventually_async(&format!("the service has run {name}"), Duration::from_secs(180), async || {
            let lane = lane::find(&bus, name).await.ok()??;
            (lane::progress(&bus, &lane).await.ok()? == SESSIONS).then_some(())
        })
        .await;
    }
    assert_eq!(said(&broker, &["bisect", "live", "replay-same"]).0, 0);
    let (code, json) = said(&broker, &["bisect", "live", "what-if-slow", "--json"]);
    assert_eq!(code, 1);
    let report: Value = serde_json::from_str(&json).expect("JSON");
    let parting = |service: &str| {
        let services = report["services"].as_array().expect("services");
        services.iter().find(|parting| parting["service"] == service).expect("the service").clone()
    };
    let regime = &parting("regime")["first"];
    assert_eq!(parting("breadth")["differing"], 0);
    assert!(regime["fields"].as_array().is_some_and(|fields| !fields.is_empty()), "{regime}");
    assert_ne!(regime["written_by"], regime["computed_by"], "both codes are told");
    // The same scan that `verify` names when it computes the running market's record under that rule.
    let (_, found) = said(&broker, &[&["verify", "--services", "regime", "--json"], &set[..]].concat());
    let found: Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!(of(&found, "regime")["first_difference"]["ordinal"], regime["ordinal"]);
    assert_eq!(said(&broker, &["verify", "--lane", "what-if-slow"]).0, 0);
    let other = ["verify", "--lane", "what-if-slow", "--set", "regime.confirm_scans=2"];
    assert_eq!(said(&broker, &other).0, 1, "under another rule it is not the same");
    assert_eq!(said(&broker, &["bisect", "live", "replay-none", "--universe", "sample"]).0, 2);
}
