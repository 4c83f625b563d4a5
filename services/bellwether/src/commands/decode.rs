//! `decode`: stored MessagePack as JSON that a person can read.

mod any;
mod columns;

use super::connect;
use crate::{
    broker::child,
    cli::{self, Form},
    say::print,
};
use any::Any;
use anyhow::{Context, Result, bail};
use bellwether_schemas::names;
use serde::Deserialize;
use serde_json::Value;
use std::io::{Cursor, Read};

const USUAL_URL: &str = "nats://127.0.0.1:4222";

/// Prints what comes on the standard input, or a message of a log, as JSON.
pub(crate) async fn decode(args: cli::Decode) -> Result<()> {
    let body = match &args.subject {
        Some(subject) => stored(&args, subject).await?,
        None => {
            let mut body = Vec::new();
            std::io::stdin().lock().read_to_end(&mut body)?;
            body
        }
    };
    for value in values(&body, args.form)? {
        print(&if args.compact { value.to_string() } else { serde_json::to_string_pretty(&value)? });
    }
    Ok(())
}

async fn stored(args: &cli::Decode, subject: &str) -> Result<Vec<u8>> {
    let running = child::running(&args.broker.data()?)?.map(|info| info.url);
    let url = args.broker.wish().url.or(running).unwrap_or_else(|| USUAL_URL.to_owned());
    let bus = connect(&url, "decode").await?;
    let stream = names::stream_of(subject).with_context(|| format!("no stream of ours holds {subject:?}"))?;
    let stream = bus.js().get_stream_no_info(stream).await?;
    let message = match args.sequence {
        Some(sequence) => stream.get_raw_message(sequence).await,
        None => stream.get_last_raw_message_by_subject(subject).await,
    };
    Ok(message.with_context(|| format!("no such message of {subject:?}"))?.payload.to_vec())
}

/// A stored message as JSON, packed columns as numbers.
///
/// # Errors
/// When it is no MessagePack.
pub(crate) fn value(body: &[u8]) -> Result<Value> {
    values(body, Form::Auto)?.into_iter().next().context("nothing to decode")
}

/// Every value in `body`, one after the other.
///
/// # Errors
/// When it is empty or no MessagePack.
fn values(body: &[u8], form: Form) -> Result<Vec<Value>> {
    if body.is_empty() {
        bail!("nothing to decode");
    }
    let mut values = Vec::new();
    let mut reader = rmp_serde::Deserializer::new(Cursor::new(body));
    while let start = reader.position() as usize
        && start < body.len()
    {
        let Any(raw) = Any::deserialize(&mut reader).with_context(|| format!("byte {start} on is no MessagePack"))?;
        let end = reader.position() as usize;
        values.push(match form {
            Form::Auto => columns::expanded(&raw, &body[start..end]).unwrap_or(raw),
            Form::Raw => raw,
        });
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::{Bars, Basis, Panel, bars, bars::Bar, codec};
    use serde_json::json;

    fn session() -> Bars {
        let mut stocks = Panel::default();
        for (symbol, close) in [("A", 1.5), ("NAN", 2.25)] {
            stocks.push(symbol, Bar { open: 1.0, high: 3.0, low: 0.5, close, volume: 7.0 }).unwrap();
        }
        Bars {
            schema: bars::SCHEMA.to_owned(),
            universe: "u".to_owned(),
            session: "2026-11-20".parse().unwrap(),
            as_of: "2026-11-20T21:00:00Z".parse().unwrap(),
            basis: Basis::Close,
            exchange: "XNYS".to_owned(),
            adjusted: false,
            sample: false,
            stocks,
            sector: vec![0, 255],
            sectors: vec!["Tech".to_owned()],
            refused: Vec::new(),
            benchmarks: Panel::default(),
        }
    }

    #[test]
    fn packed_columns_of_bars_become_numbers_and_symbols_a_list() {
        let value = values(&codec::encode(&session()), Form::Auto).unwrap().remove(0);
        assert_eq!(value["stocks"]["close"], json!([1.5, 2.25]));
        assert_eq!(value["stocks"]["symbols"], json!(["A", "NAN"]));
        assert_eq!(value["sector"], json!([0, 255]));
        assert_eq!(value["session"], "2026-11-20");
        let raw = values(&codec::encode(&session()), Form::Raw).unwrap().remove(0);
        assert_eq!(raw["sector"], "00ff");
    }

    #[test]
    fn any_messagepack_is_readable_several_values_too() {
        let mut body = codec::encode(&json!({"a": [1, -2, 3.5, null, true], "b": "é"}));
        body.extend([0xc4, 2, 0xab, 0x01, 0x81, 0x07, 0xca, 0x7f, 0xc0, 0, 0]);
        let values = values(&body, Form::Auto).unwrap();
        assert_eq!(values[0], json!({"a": [1, -2, 3.5, null, true], "b": "é"}));
        assert_eq!(values[1], "ab01");
        assert_eq!(values[2], json!({"7": "NaN"}));
    }

    #[test]
    fn what_is_none_is_refused_with_its_place() {
        assert!(values(b"", Form::Auto).is_err());
        let refused = values(&[0x01, 0xc1], Form::Auto).unwrap_err().to_string();
        assert_eq!(refused, "byte 1 on is no MessagePack");
    }
}
