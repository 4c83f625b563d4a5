use super::connect;
use crate::{cli, say::print, supervisor::record};
use anyhow::{Context as _, Result};
use bellwether_gateway::ops::Filter;
use bellwether_harness::{
    Bus, inspect,
    tail::{Heard, tail},
};
use bellwether_schemas::{
    names,
    ops::{Field, Level, LogLine},
};
use std::{collections::VecDeque, io::IsTerminal};

/// A filter may have to look through so many lines for the few it wants.
const LOOKED_THROUGH: u64 = 50_000;

/// Prints log lines of all services.
pub(crate) async fn logs(args: cli::Logs) -> Result<()> {
    let bus = connect(&url(&args)?, "logs").await?;
    let filter = Filter {
        level: args.level.as_deref().and_then(Level::named),
        service: args.service.clone(),
        text: args.text.clone(),
        scan: args.scan.clone(),
    };
    let printer = Printer { json: args.json, colour: std::io::stdout().is_terminal() };
    let last = last_sequence(&bus).await?;
    let mut waiting = VecDeque::new();
    let mut heard = tail(&bus, names::LOGS, LOOKED_THROUGH);
    let mut past = last > 0;
    if !past && !args.follow {
        return Ok(());
    }
    while let Some(heard) = heard.recv().await {
        let Heard::Message { sequence, body } = heard else { continue };
        let line = serde_json::from_slice::<LogLine>(&body).ok().filter(|line| filter.fits(line));
        match line {
            Some(line) if past => {
                waiting.push_back((line, body));
                if waiting.len() > args.lines {
                    waiting.pop_front();
                }
            }
            Some(line) => printer.print(&line, &body),
            None => {}
        }
        if past && sequence >= last {
            past = false;
            waiting.drain(..).for_each(|(line, body)| printer.print(&line, &body));
            if !args.follow {
                break;
            }
        }
    }
    Ok(())
}

fn url(args: &cli::Logs) -> Result<String> {
    if let Some(url) = args.broker.wish().url {
        return Ok(url);
    }
    let running = record::read(&args.broker.data()?.processes()).ok().and_then(|record| record.broker);
    running.context("nothing runs here; give the broker's address with --nats, or start it with `bellwether up`")
}

async fn last_sequence(bus: &Bus) -> Result<u64> {
    let found = inspect::streams(bus).await?;
    let logs = found.streams.into_iter().find(|stream| stream.name == names::LOGS);
    logs.map(|logs| logs.last_sequence).context("the broker has no log yet; `bellwether init` makes it")
}

struct Printer {
    json: bool,
    colour: bool,
}

impl Printer {
    fn print(&self, line: &LogLine, body: &[u8]) {
        if self.json {
            print(&String::from_utf8_lossy(body));
        } else {
            print(&text(line, self.colour));
        }
    }
}

fn text(line: &LogLine, colour: bool) -> String {
    let level = line.level.name().to_uppercase();
    let level = match (colour, line.level) {
        (true, Level::Error) => format!("\u{1b}[31m{level:<5}\u{1b}[0m"),
        (true, Level::Warn) => format!("\u{1b}[33m{level:<5}\u{1b}[0m"),
        _ => format!("{level:<5}"),
    };
    let mut text = format!("{:.3} {level} {:<12} {}", line.time, line.instance, plain(&line.message));
    for (name, value) in &line.fields {
        let value = match value {
            Field::Bool(value) => value.to_string(),
            Field::Int(value) => value.to_string(),
            Field::Number(value) => value.to_string(),
            Field::Text(value) => plain(value),
        };
        text.push_str(&format!(" {name}={value}"));
    }
    if let Some(scan) = &line.scan {
        text.push_str(&format!(" scan={}", plain(scan)));
    }
    text
}

/// A line may hold what came from outside; a terminal must not take it as an order.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_whatever_is_in_it() {
        let line = LogLine {
            time: "2026-11-20T10:00:00.123456Z".parse().unwrap(),
            level: Level::Warn,
            service: "regime".to_owned(),
            instance: "regime#2".to_owned(),
            target: "x".to_owned(),
            message: "rejected".to_owned(),
            fields: [("reason".to_owned(), Field::Text("a\u{1b}[2J\nb".to_owned()))].into(),
            scan: None,
            trace: None,
        };
        assert_eq!(text(&line, false), "2026-11-20T10:00:00.123Z WARN  regime#2     rejected reason=a [2J b");
    }
}
