//! Reads tables of text, line by line.

use super::{
    SourceError,
    files::{self, Input, Packing},
    layout::{Layout, Line},
    open::Unpacked,
    options::Options,
    sink::{Panel, Place, Sink},
};
use bellwether_schemas::Refusal;
use std::io::{self, BufRead, Read};

/// The longest line that is looked at. A file without line ends must not fill the memory.
const LONGEST: usize = 64 * 1024;

/// Reads one file of bars into the sink.
pub(super) fn read(
    input: &Input,
    packing: Packing,
    panel: Panel,
    options: &Options,
    sink: &mut Sink<'_>,
) -> Result<(), SourceError> {
    let mut layout = None;
    let mut ends = Vec::new();
    each_line(input, packing, sink, |place, bytes, sink| {
        let Some(layout) = &layout else {
            let found = Layout::of_bars(bytes, &options.columns, &files::symbol_of(&input.path));
            return match found {
                Ok(found) => {
                    layout = Some(found);
                    Ok(Next::Line)
                }
                Err(refusal) => sink.refuse(place, refusal).map(|()| Next::File),
            };
        };
        let line = Line::split(bytes, layout.separator, &mut ends);
        match layout.identity(&line) {
            Ok((date, _)) if !options.wants(date) => {}
            Ok((date, symbol)) => sink.bar(panel, place, date, symbol, layout.bar(&line))?,
            Err(refusal) => sink.refuse(place, refusal)?,
        }
        Ok(Next::Line)
    })
}

/// Where to go on.
pub(super) enum Next {
    Line,
    File,
}

/// Hands every line that is not blank to `take`, without its line end and byte order mark.
pub(super) fn each_line(
    input: &Input,
    packing: Packing,
    sink: &mut Sink<'_>,
    mut take: impl FnMut(&Place<'_>, &[u8], &mut Sink<'_>) -> Result<Next, SourceError>,
) -> Result<(), SourceError> {
    let mut text = Unpacked::open(&input.path, packing).map_err(SourceError::io(&input.path))?;
    let (mut buffer, mut number) = (Vec::new(), 0);
    loop {
        let whole = next_line(&mut text, &mut buffer).map_err(SourceError::io(&input.path))?;
        let Some(whole) = whole else { break };
        number += 1;
        let bytes = trimmed(&buffer, number);
        let place = Place { file: &input.path, line: number, raw: &|| bytes.to_vec() };
        if !whole {
            sink.refuse(&place, Refusal::new("line", format!("over {LONGEST} bytes"), "a line of a table"))?;
        } else if !bytes.is_empty()
            && let Next::File = take(&place, bytes, sink)?
        {
            break;
        }
        if number % 8192 == 0 {
            sink.progress(text.taken());
        }
    }
    if number == 0 {
        let place = Place { file: &input.path, line: 1, raw: &Vec::new };
        sink.refuse(&place, Refusal::new("header", "missing", "a table; the file is empty"))?;
    }
    sink.end_of_file(input.bytes);
    Ok(())
}

/// Reads one line; false when it is longer than the longest, whose rest is skipped; none at the end.
fn next_line(text: &mut Unpacked, buffer: &mut Vec<u8>) -> io::Result<Option<bool>> {
    buffer.clear();
    let read = text.by_ref().take(LONGEST as u64).read_until(b'\n', buffer)?;
    if read < LONGEST || buffer.ends_with(b"\n") {
        return Ok((read > 0).then_some(true));
    }
    text.skip_until(b'\n')?;
    Ok(Some(false))
}

fn trimmed(line: &[u8], number: u64) -> &[u8] {
    let line = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
