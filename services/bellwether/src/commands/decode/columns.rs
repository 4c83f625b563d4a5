//! Columns are packed on the wire; here they are spread out, by the types that packed them.

use bellwether_schemas::{Bars, Panel, Scan, Symbols, bars, codec, scan};
use serde_json::{Value, json};

/// The message with its columns as numbers; `None` when it has none, or is not what its schema says.
pub(super) fn expanded(raw: &Value, body: &[u8]) -> Option<Value> {
    match raw.get("schema")?.as_str()? {
        scan::SCHEMA => codec::decode::<Scan>(body).ok().map(|scan| of_scan(raw.clone(), &scan)),
        bars::SCHEMA => codec::decode::<Bars>(body).ok().map(|bars| of_bars(raw.clone(), &bars)),
        _ => None,
    }
}

fn of_scan(mut value: Value, scan: &Scan) -> Value {
    value["symbols"] = list(&scan.symbols);
    value["flags"] = json!(scan.flags);
    value["previous"] = json!(scan.previous);
    value["close"] = json!(scan.close);
    value["volume"] = json!(scan.volume);
    value["rules"] = json!(scan.rules);
    value["sector"] = json!(scan.sector);
    for (at, failed) in scan.failed.iter().enumerate() {
        value["failed"][at]["symbols"] = list(&failed.symbols);
    }
    value
}

fn of_bars(mut value: Value, bars: &Bars) -> Value {
    value["stocks"] = of_panel(&bars.stocks);
    value["benchmarks"] = of_panel(&bars.benchmarks);
    value["sector"] = json!(bars.sector);
    for (at, refused) in bars.refused.iter().enumerate() {
        value["refused"][at]["symbols"] = list(&refused.symbols);
    }
    value
}

fn of_panel(panel: &Panel) -> Value {
    json!({
        "symbols": list(&panel.symbols),
        "open": panel.open,
        "high": panel.high,
        "low": panel.low,
        "close": panel.close,
        "volume": panel.volume,
    })
}

fn list(symbols: &Symbols) -> Value {
    symbols.iter().collect()
}
