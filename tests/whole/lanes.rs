//! Lanes over HTTP: made, watched, proven, compared, deleted, while the running market goes on.

use bellwether_tests::{Product, eventually};
use serde_json::Value;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(240);

fn post(product: &Product, path: &str, json: &str) -> (u16, Value) {
    let (status, body) = product.post(path, json).expect("an answer");
    (status, serde_json::from_str(&body).expect("JSON"))
}

#[test]
fn a_lane_is_made_watched_proven_compared_and_deleted() {
    let data = tempfile::tempdir().expect("a folder");
    let product = Product::up(data.path(), &[]);
    eventually("the running market has come to scan 300", PATIENCE, || {
        let scan = product.json("/api/position?universe=sample")?["scan"]["ordinal"].as_u64()?;
        (scan >= 300).then_some(())
    });
    let asked = r#"{"universe": "sample", "to": "300", "set": ["regime.confirm_scans=5"], "lane": "what-if-slow"}"#;
    let lane = eventually("the lane is made", PATIENCE, || match post(&product, "/api/replay", asked) {
        (201, lane) => Some(lane),
        // Too busy to say in time whether it is made.
        (503, _) => None,
        (422, refused) if refused["field"] == "lane" => product.json("/api/replay/what-if-slow"),
        other => panic!("{other:?}"),
    });
    assert_eq!((&lane["lane"], &lane["last"]), (&"what-if-slow".into(), &300.into()), "{lane}");
    let nonsense = r#"{"universe": "sample", "set": ["regime.nonsense=1"]}"#;
    let (status, refused) = eventually("nonsense is refused", PATIENCE, || {
        Some(post(&product, "/api/replay", nonsense)).filter(|(status, _)| *status != 503)
    });
    assert_eq!((status, &refused["code"], &refused["field"]), (422, &"bad_replay".into(), &"set".into()), "{refused}");
    eventually("the service has run the lane", PATIENCE, || {
        (product.json("/api/replay/what-if-slow")?["state"] == "done").then_some(())
    });
    let shown = eventually("the gateway shows the lane", PATIENCE, || {
        product.json("/api/regime?universe=sample&lane=what-if-slow").filter(|shown| shown["scan"]["ordinal"] == 300)
    });
    assert_eq!(shown["lane"], "what-if-slow");
    let past = eventually("the lane's past", PATIENCE, || {
        product.json("/api/regime?universe=sample&lane=what-if-slow&at=100")
    });
    assert_eq!((&past["scan"]["ordinal"], &past["lane"]), (&100.into(), &"what-if-slow".into()));

    let proof = eventually("the lane is verified", PATIENCE, || {
        product.json("/api/verify?universe=sample&lane=what-if-slow").filter(|proof| proof["status"] != "running")
    });
    assert_eq!((&proof["status"], &proof["identical"]), (&"done".into(), &true.into()), "{proof}");
    let both = eventually("a comparison", PATIENCE, || {
        product.json("/api/compare/lanes?a=live&b=what-if-slow&universe=sample&at=300")
    });
    assert_eq!(both["sections"]["breadth"]["differing"], 0, "{both}");
    assert_eq!(both["sections"]["regime"]["scan"]["ordinal"], 300);

    let deleted = |lane: &str, status: u16| {
        eventually(&format!("deleting {lane} is answered with {status}"), PATIENCE, || {
            (product.delete(&format!("/api/replay/{lane}"))?.0 == status).then_some(())
        });
    };
    // Gone, whoever was told: an answer may be late.
    product.delete("/api/replay/what-if-slow").expect("an answer");
    deleted("what-if-slow", 404);
    deleted("live", 404);
    eventually("the lane is gone for readers, too", PATIENCE, || {
        product.json("/api/regime?universe=sample&lane=what-if-slow").is_none().then_some(())
    });
}
