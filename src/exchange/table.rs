//! Bytes into cells. A bad row costs itself, not the file: encoding and the number of cells are
//! checked row by row.

use csv::ByteRecord;

use super::NotAList;
use crate::domain::doubt::Doubt;

/// How much of a file is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The largest file, in MiB.
    pub mib: usize,
    /// The most rows.
    pub rows: usize,
}

/// For lists of sub-processors.
const LIST: Limits = Limits { mib: 16, rows: 50_000 };

/// A row whose cells could be read.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    /// The line it begins on.
    pub line: u64,
    /// As many as the header has.
    pub cells: Vec<String>,
}

/// A row that could not be read.
#[derive(Debug, Clone)]
pub(super) struct Unread {
    /// What is wrong.
    pub doubt: Doubt,
    /// The cells as they may have been meant, for guessing whom the row is about: bytes that are
    /// no UTF-8 are read as Latin-1, the likeliest encoding they came from.
    pub cells: Vec<String>,
}

/// A file's rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// The line of the header.
    pub header_line: u64,
    /// The header's cells.
    pub header: Vec<String>,
    /// Rows below it.
    pub rows: Vec<Cells>,
    /// Rows that could not be read.
    pub unread: Vec<Unread>,
}

/// Reads a file of comma-, semicolon- or tab-separated values in UTF-8.
///
/// # Errors
/// The file as a whole is something else.
pub(super) fn read(bytes: &[u8]) -> Result<Table, NotAList> {
    read_within(bytes, LIST)
}

/// As [`read`], with other limits.
///
/// # Errors
/// The file as a whole is something else, or larger.
pub(super) fn read_within(bytes: &[u8], limits: Limits) -> Result<Table, NotAList> {
    let bytes = text_of(bytes, limits.mib)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(bytes))
        .from_reader(bytes);
    let mut lines = Lines { bytes, offset: 0, line: 1 };
    let mut table = Table::default();
    let mut record = ByteRecord::new();
    loop {
        let start = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        if !reader
            .read_byte_record(&mut record)
            .map_err(|e| NotAList(format!("The file cannot be read: {e}.")))?
        {
            break;
        }
        let line = lines.at_next_text(start);
        if table.header.is_empty() {
            table.header = decoded(&record).map_err(|_| not_utf8())?;
            table.header_line = line;
            continue;
        }
        if table.rows.len() + table.unread.len() >= limits.rows {
            return Err(NotAList(format!(
                "The file has more than {} rows. Import it in parts.",
                limits.rows
            )));
        }
        if record.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace)) {
            continue;
        }
        table.take(line, &record);
    }
    if table.header.is_empty() {
        return Err(NotAList("The file is empty. Its first line must name the columns.".into()));
    }
    Ok(table)
}

impl Table {
    fn take(&mut self, line: u64, record: &ByteRecord) {
        let guessed = |cell: &[u8]| match std::str::from_utf8(cell) {
            Ok(text) => text.to_owned(),
            Err(_) => cell.iter().map(|byte| char::from(*byte)).collect(),
        };
        let cells = match decoded(record) {
            Ok(cells) => cells,
            Err((at, byte)) => {
                let field = self.header.get(at).cloned().unwrap_or_default();
                let cells: Vec<String> = record.iter().map(guessed).collect();
                let value = cells.get(at).cloned().unwrap_or_default();
                let why = format!(
                    "Holds the byte 0x{byte:02X}, which is not UTF-8; the file was saved in another encoding. Save it as “CSV UTF-8” and import it again."
                );
                self.unread.push(Unread { doubt: Doubt::new(line, field, &value, why), cells });
                return;
            }
        };
        let (has, wants) = (cells.len(), self.header.len());
        if has != wants {
            let swallowed = cells.iter().map(|c| c.matches('\n').count()).max().unwrap_or_default();
            let why = if swallowed > 3 {
                format!(
                    "A quote that opens on this line is not closed, so {swallowed} more lines were taken into one cell and are not read. Close the quote and import the file again."
                )
            } else {
                format!(
                    "The row has {has} cells and the header {wants}. Add the missing cell, or put text that holds a comma into double quotes."
                )
            };
            let value = cells.join(",");
            self.unread.push(Unread { doubt: Doubt::new(line, "row", &value, why), cells });
            return;
        }
        self.rows.push(Cells { line, cells });
    }
}

fn text_of(bytes: &[u8], mib: usize) -> Result<&[u8], NotAList> {
    if bytes.len() > mib << 20 {
        return Err(NotAList(format!("The file is larger than {mib} MiB. Import it in parts.")));
    }
    let start = bytes.get(..64).unwrap_or(bytes);
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) || start.contains(&0) {
        return Err(NotAList(
            "The file is in UTF-16 (some programs call it “Unicode text”). Save it as “CSV UTF-8” and import it again.".into(),
        ));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(NotAList(
            "This is a spreadsheet, not CSV. Save it as “CSV UTF-8” and import that file.".into(),
        ));
    }
    Ok(bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes))
}

fn not_utf8() -> NotAList {
    NotAList("The header is not UTF-8. Save the file as “CSV UTF-8” and import it again.".into())
}

/// Spreadsheets write semicolons where the comma is the decimal sign.
fn delimiter(bytes: &[u8]) -> u8 {
    let header = bytes.split(|b| matches!(b, b'\n' | b'\r')).find(|l| !l.is_empty()).unwrap_or_default();
    let count = |wanted: u8| header.iter().filter(|b| **b == wanted).count();
    if count(b',') > 0 || (count(b';') == 0 && count(b'\t') == 0) {
        b','
    } else if count(b';') >= count(b'\t') {
        b';'
    } else {
        b'\t'
    }
}

/// The cells as text, or the index of the first that is none and the byte that breaks it.
fn decoded(record: &ByteRecord) -> Result<Vec<String>, (usize, u8)> {
    let mut cells = Vec::with_capacity(record.len());
    for (at, cell) in record.iter().enumerate() {
        match std::str::from_utf8(cell) {
            Ok(text) => cells.push(text.to_owned()),
            Err(e) => return Err((at, cell.get(e.valid_up_to()).copied().unwrap_or_default())),
        }
    }
    Ok(cells)
}

/// Counts lines up to an offset; the reader's own count does not see blank lines it skips.
struct Lines<'a> {
    bytes: &'a [u8],
    offset: usize,
    line: u64,
}

impl Lines<'_> {
    fn at_next_text(&mut self, start: usize) -> u64 {
        while let Some(byte) = self.bytes.get(self.offset) {
            let is_break = match byte {
                b'\n' => true,
                b'\r' => self.bytes.get(self.offset + 1) != Some(&b'\n'),
                _ => false,
            };
            if self.offset >= start && !matches!(byte, b'\n' | b'\r') {
                break;
            }
            self.line += u64::from(is_break);
            self.offset += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_an_editor_shows_them() {
        let table = read(b"name,notes\n\nA,\"two\nlines\"\r\n\r\nB,x\nC\n").unwrap();
        assert_eq!(table.rows.iter().map(|r| r.line).collect::<Vec<_>>(), [3, 6]);
        assert_eq!(table.unread.iter().map(|u| u.doubt.line).collect::<Vec<_>>(), [7]);
    }

    #[test]
    fn a_byte_that_is_no_utf8_costs_its_row_only() {
        let table = read(b"\xEF\xBB\xBFname\nM\xFCller\nAcme\n").unwrap();
        assert_eq!(table.header, ["name"]);
        let doubt = &table.unread.first().unwrap().doubt;
        assert_eq!((doubt.line, doubt.field.as_str()), (2, "name"));
        assert!(doubt.why.contains("0xFC"), "{doubt}");
        assert_eq!(table.rows.len(), 1);
    }

    #[test]
    fn other_encodings_and_formats_are_named() {
        assert!(read(b"\xFF\xFEn\0a\0").unwrap_err().0.contains("UTF-16"));
        assert!(read(b"n\0a\0m\0e\0").unwrap_err().0.contains("UTF-16"));
        assert!(read(b"PK\x03\x04xl/").unwrap_err().0.contains("spreadsheet"));
        assert!(read(b"").unwrap_err().0.contains("empty"));
    }

    #[test]
    fn an_unclosed_quote_says_how_much_it_swallowed() {
        let table = read(b"name,notes\n\"A,1\nB,2\nC,3\nD,4\nE,5\n").unwrap();
        assert!(table.unread.first().unwrap().doubt.why.contains("not closed"));
    }

    #[test]
    fn semicolons_and_tabs_separate_too() {
        assert_eq!(read(b"name;notes\nA;b,c\n").unwrap().rows.first().unwrap().cells, ["A", "b,c"]);
        assert_eq!(read(b"name\tnotes\nA\tb\n").unwrap().rows.first().unwrap().cells, ["A", "b"]);
    }
}
