//! Reads tables in Parquet.
//!
//! Values are turned into text and read like the fields of a line, so that a date kept as a number, a moment or text,
//! and every refusal, mean the same as in a table of text. The text of a number reads back as that number.

use super::{
    SourceError, files,
    files::Input,
    layout::{Layout, Line},
    options::Options,
    sink::{Panel, Place, Sink},
};
use ::parquet::{
    arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder},
    errors::ParquetError,
};
use arrow_array::{
    Array, RecordBatch, StringArray,
    cast::AsArray,
    types::{ByteArrayType, Utf8Type},
};
use bellwether_schemas::Refusal;
use std::{fs::File, io};

/// Reads one file of bars into the sink.
pub(super) fn read(input: &Input, panel: Panel, options: &Options, sink: &mut Sink<'_>) -> Result<(), SourceError> {
    let broken = |error: ParquetError| SourceError::io(&input.path)(io::Error::other(error));
    let file = File::open(&input.path).map_err(SourceError::io(&input.path))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(broken)?;
    let names: Vec<String> = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
    let layout = match layout(&names, input, options) {
        Ok(layout) => layout,
        Err(refusal) => {
            sink.refuse(&Place { file: &input.path, line: 1, raw: &|| header(&names) }, refusal)?;
            sink.end_of_file(input.bytes);
            return Ok(());
        }
    };

    let used = layout.used();
    let mask = ProjectionMask::roots(reader.parquet_schema(), used.iter().copied());
    let names: Vec<String> = used.iter().map(|&column| names[column].clone()).collect();
    let layout = self::layout(&names, input, options).map_err(|refusal| format_error(input, refusal))?;
    let rows = reader.metadata().file_metadata().num_rows().max(1) as u64;
    let mut number = 0;
    for batch in reader.with_projection(mask).build().map_err(broken)? {
        let batch = batch.map_err(|error| broken(error.into()))?;
        read_batch(&batch, input, &layout, panel, options, &mut number, sink)?;
        sink.progress(input.bytes * number / rows);
    }
    sink.end_of_file(input.bytes);
    Ok(())
}

fn layout(names: &[String], input: &Input, options: &Options) -> Result<Layout, Refusal> {
    Layout::of_bars(&header(names), &options.columns, &files::symbol_of(&input.path))
}

fn header(names: &[String]) -> Vec<u8> {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{}\"", name.replace('"', ""))).collect();
    quoted.join(",").into_bytes()
}

fn format_error(input: &Input, refusal: Refusal) -> SourceError {
    SourceError::Format { path: input.path.clone(), refusal }
}

fn read_batch(
    batch: &RecordBatch,
    input: &Input,
    layout: &Layout,
    panel: Panel,
    options: &Options,
    number: &mut u64,
    sink: &mut Sink<'_>,
) -> Result<(), SourceError> {
    let columns = batch.columns().iter().zip(batch.schema_ref().fields()).map(|(column, field)| {
        let refusal = || Refusal::new(field.name(), field.data_type(), "numbers, dates or text");
        let text = arrow_cast::cast(column, &Utf8Type::DATA_TYPE).map_err(|_| format_error(input, refusal()))?;
        Ok(text.as_string::<i32>().clone())
    });
    let columns: Vec<StringArray> = columns.collect::<Result<_, SourceError>>()?;
    let (mut text, mut ends) = (Vec::new(), Vec::new());
    for row in 0..batch.num_rows() {
        *number += 1;
        write_line(&columns, row, &mut text);
        let line = Line::split(&text, b',', &mut ends);
        let place = Place { file: &input.path, line: *number, raw: &|| text.clone() };
        match layout.identity(&line) {
            Ok((date, _)) if !options.wants(date) => {}
            Ok((date, symbol)) => sink.bar(panel, &place, date, symbol, layout.bar(&line))?,
            Err(refusal) => sink.refuse(&place, refusal)?,
        }
    }
    Ok(())
}

/// Writes a row as a line; a null is an empty field.
fn write_line(columns: &[StringArray], row: usize, text: &mut Vec<u8>) {
    text.clear();
    for (at, column) in columns.iter().enumerate() {
        if at > 0 {
            text.push(b',');
        }
        if column.is_valid(row) {
            text.extend_from_slice(column.value(row).as_bytes());
        }
    }
}
