//! A CSV file as rows of known columns (RFC 4180, as spreadsheets write it).

use std::collections::BTreeMap;
use std::str;

use csv::{ByteRecord, ReaderBuilder};
use slipway_contract::fields::quoted;
use slipway_contract::{Diagnostics, Issue};
use slipway_domain::limits::ROWS_PER_IMPORT;

/// What is known, in the order of [`Column`].
const NAMES: [&str; 8] =
    ["text", "title", "account_ids", "scheduled_at", "visibility", "platform_data", "media_ids", "media_url"];

/// A column that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Text,
    Title,
    AccountIds,
    ScheduledAt,
    Visibility,
    PlatformData,
    MediaIds,
    MediaUrl,
}

/// The file. One that can't be read has no rows, and what is wrong with it is noted.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Where each known column is.
    columns: [Option<usize>; NAMES.len()],
    width: usize,
    /// The records that are not empty, each with the line on which it begins.
    records: Vec<(u64, ByteRecord)>,
}

/// A row of it.
#[derive(Debug)]
pub(super) struct Row<'a> {
    table: &'a Table,
    record: &'a ByteRecord,
    /// Which row it is, from 1.
    pub(super) number: usize,
    /// The line on which it begins.
    pub(super) line: u64,
    /// How many rows before it are equal to it.
    pub(super) nth: usize,
}

impl Column {
    pub(super) const fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

impl Table {
    /// Reads the file. Names that nobody knows are noted as such.
    pub(super) fn read(content: &[u8], noted: &mut Diagnostics) -> Self {
        const MARK: &[u8] = b"\xEF\xBB\xBF";
        let content = content.strip_prefix(MARK).unwrap_or(content);
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(content);
        let mut records = reader.byte_records();
        // What is in memory can be read; the reader has no other complaints.
        let header = records.next().and_then(Result::ok).unwrap_or_default();
        let mut table = Self::of_header(&header, noted);
        let (mut count, mut lines) = (0, Lines { content, at: 0, line: 1 });
        for record in records.filter_map(Result::ok).filter(|record| !is_blank(record)) {
            count += 1;
            if count <= ROWS_PER_IMPORT {
                let begins = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
                table.records.push((lines.of(begins), record));
            }
        }
        if count > ROWS_PER_IMPORT {
            let message = format!("the file has {count} rows, at most {ROWS_PER_IMPORT} are taken at once");
            noted.issues.push(Issue::invalid("file", message, super::IN_PARTS));
        }
        table
    }

    fn of_header(header: &ByteRecord, noted: &mut Diagnostics) -> Self {
        let mut table = Self { width: header.len(), ..Self::default() };
        for (index, cell) in header.iter().enumerate() {
            let Ok(name) = str::from_utf8(cell) else {
                let cure = "Save the file as \"CSV UTF-8\".";
                noted.issues.push(Issue::invalid("file", "the header line is not UTF-8", cure));
                return table;
            };
            let name = name.trim();
            match NAMES.iter().position(|known| known.eq_ignore_ascii_case(name)) {
                Some(known) if table.columns[known].is_some() => {
                    let message = format!("the column {} is there twice", NAMES[known]);
                    noted.issues.push(Issue::invalid("file", message, "Leave one of the two."));
                }
                Some(known) => table.columns[known] = Some(index),
                None if name.is_empty() => noted.unknown_column(&format!("column {}, which has no name,", index + 1)),
                None => noted.unknown_column(name),
            }
        }
        if table.columns[Column::AccountIds as usize].is_none() {
            let cure = format!("Name the columns in the first line, with commas between: {}.", NAMES.join(","));
            noted.issues.push(Issue::required(Column::AccountIds.name(), cure));
        }
        table
    }

    /// Its rows.
    pub(super) fn rows(&self) -> Vec<Row<'_>> {
        let mut equal: BTreeMap<&[u8], Vec<&ByteRecord>> = BTreeMap::new();
        let rows = self.records.iter().enumerate().map(|(index, (line, record))| {
            let twins = equal.entry(record.as_slice()).or_default();
            let nth = twins.iter().filter(|twin| **twin == record).count();
            twins.push(record);
            Row { table: self, record, number: index + 1, line: *line, nth }
        });
        rows.collect()
    }
}

/// Counts the lines of a file, whatever ends them. The reader itself puts the end of a line, and empty lines, to the
/// record behind them.
struct Lines<'a> {
    content: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the first byte from here on that ends no line. Asked for in the order of the file.
    fn of(&mut self, begin: usize) -> u64 {
        while let Some(byte) = self.content.get(self.at) {
            let ends = matches!(byte, b'\r' | b'\n');
            if self.at >= begin && !ends {
                break;
            }
            self.at += if self.content[self.at..].starts_with(b"\r\n") { 2 } else { 1 };
            self.line += u64::from(ends);
        }
        self.line
    }
}

/// What spreadsheets leave of an empty line.
fn is_blank(record: &ByteRecord) -> bool {
    record.iter().all(|cell| cell.trim_ascii().is_empty())
}

impl<'a> Row<'a> {
    /// How many bytes it has.
    pub(super) fn size(&self) -> usize {
        self.record.as_slice().len()
    }

    /// The problem of a row that has not one cell for each column, or bytes that are no text.
    pub(super) fn problems(&self) -> Vec<Issue> {
        let (cells, width) = (self.record.len(), self.table.width);
        if cells != width {
            let message = format!("the row has {cells} cells and the header line has {width}");
            let cure =
                "Put a text with commas, quotes or line breaks into double quotes, with each quote in it doubled.";
            return vec![Issue::invalid("file", message, cure)];
        }
        let known = NAMES.into_iter().zip(self.table.columns);
        let broken = known.filter_map(|(name, index)| Some((name, str::from_utf8(self.record.get(index?)?).err()?)));
        let issue = |(name, error): (&str, str::Utf8Error)| {
            let message = format!("{name} is not UTF-8 from byte {} on", error.valid_up_to() + 1);
            Issue::invalid(name, message, "Save the file as \"CSV UTF-8\".")
        };
        broken.map(issue).collect()
    }

    /// A cell verbatim; nothing if it is empty or no text.
    pub(super) fn verbatim(&self, column: Column) -> Option<&'a str> {
        let cell = self.record.get(self.table.columns[column as usize]?)?;
        str::from_utf8(cell).ok().filter(|text| !text.is_empty())
    }

    /// A cell without the blanks around it; nothing if there is nothing else.
    pub(super) fn cell(&self, column: Column) -> Option<&'a str> {
        self.verbatim(column).map(str::trim).filter(|text| !text.is_empty())
    }

    /// The things of a cell that are separated by bars, at most `most` and one more.
    pub(super) fn list(&self, column: Column, most: usize) -> Vec<&'a str> {
        let things = self.cell(column).into_iter().flat_map(|cell| cell.split('|'));
        things.map(str::trim).filter(|thing| !thing.is_empty()).take(most + 1).collect()
    }

    /// A problem with a cell.
    pub(super) fn invalid(&self, column: Column, what: &str, cure: &str) -> Issue {
        let cell = quoted(self.cell(column).unwrap_or_default());
        Issue::invalid(column.name(), format!("{cell} {what}"), cure)
    }
}

#[cfg(test)]
mod tests {
    use slipway_contract::diagnostics::UnknownFields;

    use super::*;

    fn fields(issues: &[Issue]) -> Vec<&str> {
        issues.iter().map(|issue| issue.field.as_str()).collect()
    }

    #[test]
    fn a_file_is_read_however_spreadsheets_write_it() {
        for content in [
            "text,account_ids\nHello,acc_1\nBye,acc_2\n",
            "text,account_ids\r\nHello,acc_1\r\n\r\nBye,acc_2",
            "\u{feff}Text, ACCOUNT_IDS \nHello, acc_1 \n,\n  ,\nBye,acc_2\n\n\n",
            "\n\"text\",\"account_ids\"\n\"Hello\",\"acc_1\"\n\"Bye\",acc_2\n",
        ] {
            let mut noted = Diagnostics::default();
            let table = Table::read(content.as_bytes(), &mut noted);
            assert!(noted.issues.is_empty(), "{content:?}: {:?}", noted.issues);
            let rows = table.rows();
            let read: Vec<_> =
                rows.iter().map(|row| (row.number, row.cell(Column::Text), row.cell(Column::AccountIds))).collect();
            assert_eq!(read, [(1, Some("Hello"), Some("acc_1")), (2, Some("Bye"), Some("acc_2"))], "{content:?}");
            assert!(rows.iter().all(|row| row.problems().is_empty() && row.cell(Column::Title).is_none()));
        }
    }

    #[test]
    fn quotes_keep_commas_breaks_and_quotes_and_lines_are_counted() {
        let content = "account_ids,text\nacc_1|acc_2,\"A \"\"b\"\", c\r\nd\"\nacc_3, e \n";
        let table = Table::read(content.as_bytes(), &mut Diagnostics::default());
        let rows = table.rows();
        assert_eq!(rows[0].verbatim(Column::Text), Some("A \"b\", c\r\nd"));
        assert_eq!(rows[0].list(Column::AccountIds, 32), ["acc_1", "acc_2"]);
        assert_eq!(rows[1].verbatim(Column::Text), Some(" e "));
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4]);
    }

    #[test]
    fn a_row_is_on_the_line_that_an_editor_shows() {
        for end in ["\n", "\r\n", "\r"] {
            let content = ["a,account_ids", "1,2", "", ",", "\"3", "\",4", "5,6"].join(end);
            let table = Table::read(content.as_bytes(), &mut Diagnostics::default());
            assert_eq!(table.rows().iter().map(|row| row.line).collect::<Vec<_>>(), [2, 5, 7], "{end:?}");
        }
    }

    #[test]
    fn a_header_that_can_not_be_right_is_refused() {
        for (content, issues) in [
            (&b""[..], vec!["account_ids"]),
            (b"text\nHello", vec!["account_ids"]),
            (b"text;account_ids\nHello;acc_1", vec!["account_ids"]),
            (b"text,account_ids,TEXT\na,b,c", vec!["file"]),
            (b"\xff\xfet\0e\0x\0t\0", vec!["file"]),
        ] {
            let mut noted = Diagnostics::default();
            Table::read(content, &mut noted);
            assert_eq!(fields(&noted.issues), issues, "{content:?}");
        }
    }

    #[test]
    fn columns_that_nobody_knows_are_named() {
        let mut noted = Diagnostics::default();
        Table::read(b"text,account_ids,hashtags,\na,b,c,d", &mut noted);
        let warnings = noted.warnings_or_issues(UnknownFields::Warn).unwrap();
        assert_eq!(warnings.len(), 2);
        assert_eq!(warnings[0], "hashtags is not a known column of the file and was ignored");
    }

    #[test]
    fn a_row_of_another_width_or_with_other_bytes_is_told() {
        let table =
            Table::read(b"account_ids,text\nacc_1\nacc_1,a,b\nacc_1,caf\xe9\nacc_1,a", &mut Diagnostics::default());
        let told: Vec<Vec<String>> =
            table.rows().iter().map(|row| row.problems().into_iter().map(|issue| issue.message).collect()).collect();
        assert_eq!(told[0], ["the row has 1 cells and the header line has 2"]);
        assert_eq!(told[1], ["the row has 3 cells and the header line has 2"]);
        assert_eq!(told[2], ["text is not UTF-8 from byte 4 on"]);
        assert!(told[3].is_empty());
    }

    #[test]
    fn more_rows_than_are_taken_are_counted_and_refused() {
        let mut content = "account_ids\n".to_owned() + &"acc_1\n".repeat(ROWS_PER_IMPORT);
        let mut noted = Diagnostics::default();
        assert_eq!(Table::read(content.as_bytes(), &mut noted).rows().len(), ROWS_PER_IMPORT);
        assert!(noted.issues.is_empty());
        content.push_str("acc_1\n");
        Table::read(content.as_bytes(), &mut noted);
        assert!(noted.issues[0].message.contains("501 rows"), "{:?}", noted.issues);
    }

    #[test]
    fn equal_rows_are_told_apart_by_how_many_came_before() {
        let table = Table::read(b"account_ids,text\na,bc\nab,c\na,bc\n", &mut Diagnostics::default());
        assert_eq!(table.rows().iter().map(|row| row.nth).collect::<Vec<_>>(), [0, 0, 1]);
    }
}
