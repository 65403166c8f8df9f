//! Clients from a CSV file: one row a Client, with its contacts and the agreement it has signed.
//! Pure: bytes go in, rows and doubts come out.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::NotAList;
use super::table::{Limits, read_within};
use crate::domain::client::{ClientRole, ContactRole};
use crate::domain::doubt::Doubt;
use crate::domain::text::items;

/// For lists of Clients.
const LIMITS: Limits = Limits { mib: 64, rows: 250_000 };
/// The most contacts in a row.
const CONTACTS: usize = 20;

/// Columns of a file, beside `contact1_name`, `contact1_email`, `contact1_role` and so on.
pub const COLUMNS: [&str; 14] = [
    "reference",
    "name",
    "role",
    "laws",
    "flags",
    "time_zone",
    "holidays",
    "language",
    "products",
    "regions",
    "dpa",
    "signed_on",
    "effective_on",
    "ended_on",
];

/// One row. What its cells leave open is `None`: the register keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ClientRow {
    /// The line it begins on.
    pub line: u64,
    /// The company's own number for the Client.
    pub reference: String,
    pub name: Option<String>,
    pub role: Option<ClientRole>,
    pub laws: Option<Vec<String>>,
    pub health_data: Option<bool>,
    pub financial_entity: Option<bool>,
    pub time_zone: Option<String>,
    pub holidays: Option<Vec<Date>>,
    pub language: Option<String>,
    pub products: Option<Vec<String>>,
    pub regions: Option<Vec<String>>,
    pub contacts: Vec<ContactRow>,
    pub agreement: Option<AgreementRow>,
}

/// A contact in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ContactRow {
    /// `contact1_email`: the column to name when something is wrong with it.
    pub column: String,
    pub name: Option<String>,
    pub email: String,
    pub role: Option<ContactRole>,
}

/// An agreement in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct AgreementRow {
    /// Name or id of the DPA version; empty for the standard one.
    pub dpa: String,
    pub signed_on: Option<Date>,
    pub effective_on: Date,
    pub ended_on: Option<Date>,
}

/// What a file holds.
#[derive(Debug, Clone, Default)]
pub struct ClientFile {
    /// Rows that could be read.
    pub rows: Vec<ClientRow>,
    /// Rows that could not, with how to mend them.
    pub doubts: Vec<Doubt>,
}

/// Reads a file.
///
/// # Errors
/// The file as a whole is something else, or has a column that is not known: a misspelt one
/// would silently be lost.
pub fn read(bytes: &[u8]) -> Result<ClientFile, NotAList> {
    let table = read_within(bytes, LIMITS)?;
    let header: Vec<String> = table.header.iter().map(|name| name.trim().to_lowercase()).collect();
    check_header(&header)?;
    let mut file =
        ClientFile { doubts: table.unread.into_iter().map(|u| u.doubt).collect(), ..ClientFile::default() };
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for cells in &table.rows {
        let mut reader =
            Reader { line: cells.line, header: &header, cells: &cells.cells, doubts: Vec::new() };
        let row = reader.row();
        if let Some(first) = seen.get(&row.reference).filter(|_| !row.reference.is_empty()) {
            let why = format!(
                "Line {first} is about this Client already. Give a Client one row; put more contacts into contact2_email and so on."
            );
            reader.doubt("reference", &row.reference, why);
        }
        if reader.doubts.is_empty() {
            seen.insert(row.reference.clone(), cells.line);
            file.rows.push(row);
        }
        file.doubts.append(&mut reader.doubts);
    }
    file.doubts.sort_by_key(|doubt| doubt.line);
    Ok(file)
}

fn check_header(header: &[String]) -> Result<(), NotAList> {
    let is_known = |name: &str| COLUMNS.contains(&name) || contact_column(name).is_some();
    if let Some(unknown) = header.iter().find(|name| !is_known(name)) {
        let shown: String = unknown.chars().filter(|c| !c.is_control()).take(60).collect();
        return Err(NotAList(format!(
            "The column “{shown}” is not known. Name it like one of {}, contact1_name, contact1_email, contact1_role (up to contact{CONTACTS}_…), or take it out.",
            COLUMNS.join(", ")
        )));
    }
    for (at, name) in header.iter().enumerate() {
        if header.iter().take(at).any(|other| other == name) {
            return Err(NotAList(format!("The column “{name}” stands there twice. Take one out.")));
        }
    }
    if !header.iter().any(|name| name == "reference") {
        return Err(NotAList(
            "There is no column “reference”: your own number for each Client, by which a later import finds it again.".into(),
        ));
    }
    Ok(())
}

/// The number in `contact2_email`, if the name is such a column's.
fn contact_column(name: &str) -> Option<usize> {
    let (number, what) = name.strip_prefix("contact")?.split_once('_')?;
    let number = number.parse().ok().filter(|n| (1..=CONTACTS).contains(n))?;
    ["name", "email", "role"].contains(&what).then_some(number)
}

struct Reader<'a> {
    line: u64,
    header: &'a [String],
    cells: &'a [String],
    doubts: Vec<Doubt>,
}

impl Reader<'_> {
    /// The cell in a column; `None` if it is blank or there is no such column.
    fn cell(&self, column: &str) -> Option<String> {
        let at = self.header.iter().position(|name| name == column)?;
        self.cells.get(at).map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty())
    }

    fn doubt(&mut self, column: &str, value: &str, why: impl Into<String>) {
        self.doubts.push(Doubt::new(self.line, column, value, why));
    }

    fn row(&mut self) -> ClientRow {
        let reference = self.cell("reference").unwrap_or_default();
        if reference.is_empty() {
            self.doubt("reference", "", "Is empty. Enter your own number for this Client.");
        }
        let flags = self.flags();
        ClientRow {
            line: self.line,
            reference,
            name: self.cell("name"),
            role: self.word("role", "Write controller or processor."),
            laws: self.list("laws"),
            health_data: flags.map(|(health, _)| health),
            financial_entity: flags.map(|(_, financial)| financial),
            time_zone: self.cell("time_zone"),
            holidays: self.days("holidays"),
            language: self.cell("language"),
            products: self.list("products"),
            regions: self.list("regions"),
            contacts: self.contacts(),
            agreement: self.agreement(),
        }
    }

    fn word<T: std::str::FromStr>(&mut self, column: &str, why: &str) -> Option<T> {
        let cell = self.cell(column)?;
        let word = cell.to_lowercase().parse().ok();
        if word.is_none() {
            self.doubt(column, &cell, why);
        }
        word
    }

    fn list(&mut self, column: &str) -> Option<Vec<String>> {
        let cell = self.cell(column)?;
        match items(column, &cell) {
            Ok(items) => Some(items),
            Err(problem) => {
                self.doubt(column, &cell, problem.problem);
                None
            }
        }
    }

    /// Health data, financial entity.
    fn flags(&mut self) -> Option<(bool, bool)> {
        let flags = self.list("flags")?;
        let has = |word: &str| flags.iter().any(|flag| flag.to_lowercase() == word);
        let known = ["health_data", "financial_entity", "none"];
        if let Some(unknown) = flags.iter().find(|flag| !known.contains(&flag.to_lowercase().as_str())) {
            self.doubt(
                "flags",
                unknown,
                "Write health_data, financial_entity, both with a semicolon between, or none.",
            );
        }
        Some((has("health_data"), has("financial_entity")))
    }

    fn days(&mut self, column: &str) -> Option<Vec<Date>> {
        let listed = self.list(column)?;
        let mut days = Vec::new();
        for text in listed.iter().flat_map(|item| item.split_whitespace()) {
            match text.parse::<Date>() {
                Ok(day) => days.push(day),
                Err(_) => self.doubt(
                    column,
                    text,
                    "Is not a day. Write days like 2026-12-25, with semicolons between.",
                ),
            }
        }
        Some(days)
    }

    fn day(&mut self, column: &str) -> Option<Date> {
        let cell = self.cell(column)?;
        let day = cell.parse::<Date>().ok().filter(|d| (1900..=2200).contains(&d.year()));
        if day.is_none() {
            self.doubt(column, &cell, "Is not a day. Write it as year-month-day, like 2026-03-14.");
        }
        day
    }

    fn contacts(&mut self) -> Vec<ContactRow> {
        let last = self.header.iter().filter_map(|name| contact_column(name)).max().unwrap_or(0);
        let mut found = Vec::new();
        for number in 1..=last {
            let column = format!("contact{number}_email");
            let name = self.cell(&format!("contact{number}_name"));
            let role = self.word(&format!("contact{number}_role"), "Write notify or fallback.");
            match self.cell(&column) {
                Some(email) => found.push(ContactRow { column, name, email, role }),
                None if name.is_some() => {
                    let name = name.unwrap_or_default();
                    self.doubt(
                        &column,
                        "",
                        format!(
                            "Is empty beside the name “{name}”. Enter the address, or take the name out."
                        ),
                    );
                }
                None => {}
            }
        }
        found
    }

    fn agreement(&mut self) -> Option<AgreementRow> {
        let (signed_on, effective_on) = (self.day("signed_on"), self.day("effective_on"));
        let (ended_on, dpa) = (self.day("ended_on"), self.cell("dpa"));
        let said = self.cell("signed_on").is_some() || self.cell("ended_on").is_some() || dpa.is_some();
        match effective_on {
            Some(effective_on) => {
                Some(AgreementRow { dpa: dpa.unwrap_or_default(), signed_on, effective_on, ended_on })
            }
            None => {
                if said && self.cell("effective_on").is_none() {
                    self.doubt(
                        "effective_on",
                        "",
                        "Is empty. Enter the first day the agreement is in force.",
                    );
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_its_cells_say_and_leaves_the_rest_open() {
        let file = read(
            b"reference,name,flags,holidays,contact1_email,contact2_name,contact2_email,contact2_role,effective_on\n\
              C-1,Client One,health_data;financial_entity,2026-12-25;2026-12-26,a@c.example,Bo,b@c.example,fallback,2026-01-01\n\
              C-2,,,,,,,,\n",
        )
        .unwrap();
        assert!(file.doubts.is_empty(), "{:?}", file.doubts);
        let row = &file.rows[0];
        assert_eq!((row.health_data, row.financial_entity), (Some(true), Some(true)));
        assert_eq!(row.holidays.as_ref().unwrap().len(), 2);
        assert_eq!(row.contacts[1].role, Some(ContactRole::Fallback));
        assert_eq!(row.agreement.as_ref().unwrap().dpa, "");
        let blank = &file.rows[1];
        assert_eq!(ClientRow { line: 3, reference: "C-2".into(), ..ClientRow::default() }, *blank);
    }

    #[test]
    fn each_bad_cell_is_told_with_its_line_and_the_good_rows_stay() {
        let file = read(
            b"reference,role,holidays,flags,signed_on,effective_on,contact1_name,contact1_email\n\
              C-1,boss,25.12.2026,vip,yesterday,,Ann,\n\
              ,,,,,,,\n\
              C-2,processor,,,,,,\n\
              C-2,,,,,,,\n",
        )
        .unwrap();
        let told: Vec<(u64, &str)> = file.doubts.iter().map(|d| (d.line, d.field.as_str())).collect();
        let line_two = ["flags", "role", "holidays", "contact1_email", "signed_on", "effective_on"];
        assert_eq!(told[..6], line_two.map(|field| (2, field)));
        assert_eq!(told[6..], [(5, "reference")], "a blank line is no row: {told:?}");
        assert_eq!(file.rows.len(), 1);
    }

    #[test]
    fn a_misspelt_column_is_refused_whole() {
        for bad in [
            "reference,time_zon\n",
            "name\n",
            "reference,name,Name\n",
            "reference,contact0_email\n",
            "reference,contact99_email\n",
        ] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(read(b"reference,contact20_email\n").is_ok());
    }
}
