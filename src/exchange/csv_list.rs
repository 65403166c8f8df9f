//! A list as CSV: `list_owner,name,purpose,data_categories,location,country_code_if_clear,
//! entity_country,website,effective_from,notes`. Only `name` must be there. A missing fact is
//! no doubt; a doubtful one is told with its line, and the rest goes on.

use std::collections::HashMap;

use jiff::civil::Date;

use super::names::{self, Several};
use super::row::{Row, Unsure};
use super::{NotAList, notes, places, purposes, table};
use crate::domain::doubt::Doubt;
use crate::domain::engagement::Group;
use crate::domain::text::{NAME_LIMIT, items, required_line};

/// The columns read, in their usual order.
pub const COLUMNS: [&str; 10] = [
    "list_owner",
    "name",
    "purpose",
    "data_categories",
    "location",
    "country_code_if_clear",
    "entity_country",
    "website",
    "effective_from",
    "notes",
];

/// A list as read.
#[derive(Debug, Clone, Default)]
pub struct CsvList {
    /// Rows taken.
    pub rows: Vec<Row>,
    /// Rows not taken, and whom they may mean.
    pub unsure: Vec<Unsure>,
    /// Everything a person must look at, by line.
    pub doubts: Vec<Doubt>,
    /// Promises about the whole list.
    pub statements: Vec<String>,
    /// Columns the file does not have: it says nothing of those facts.
    pub missing_columns: Vec<&'static str>,
}

/// Reads `bytes`. `product` is the product the file is about, where its rows do not say;
/// `known` tells whether a name's key is a company known already.
///
/// # Errors
/// The file as a whole is no such list.
pub fn read(bytes: &[u8], product: Option<&str>, known: impl Fn(&str) -> bool) -> Result<CsvList, NotAList> {
    let table = table::read(bytes)?;
    let mut list = CsvList::default();
    let columns = header(&table, &mut list)?;
    let column = |cells: &[String], name: &str| {
        columns.get(name).and_then(|at| cells.get(*at)).map(|c| c.trim().to_owned()).unwrap_or_default()
    };
    let keys: std::collections::HashSet<String> =
        table.rows.iter().map(|r| names::key(&column(&r.cells, "name"))).collect();
    for unread in &table.unread {
        let name = column(&unread.cells, "name");
        list.refuse(unread.doubt.clone(), if name.is_empty() { Vec::new() } else { vec![name] });
    }
    for cells in &table.rows {
        let cell = |name: &str| column(&cells.cells, name);
        list.take(cells.line, cell, product, |key| known(key) || keys.contains(key));
    }
    list.set_repeats_aside();
    list.doubts.sort_by_key(|d| d.line);
    Ok(list)
}

fn header(table: &table::Table, list: &mut CsvList) -> Result<HashMap<&'static str, usize>, NotAList> {
    let mut columns = HashMap::new();
    for (at, cell) in table.header.iter().enumerate() {
        let written = cell.trim().to_lowercase().replace([' ', '-'], "_");
        match COLUMNS.iter().find(|name| **name == written) {
            Some(name) if columns.insert(*name, at).is_some() => {
                return Err(NotAList(format!(
                    "The header names the column “{name}” twice. Remove one of them."
                )));
            }
            Some(_) => {}
            None => {
                let why =
                    format!("This column is not known and was not read. Known are: {}.", COLUMNS.join(", "));
                list.doubts.push(Doubt::new(table.header_line, "header", cell, why));
            }
        }
    }
    if !columns.contains_key("name") {
        let found = Doubt::new(table.header_line, "header", &table.header.join(","), "").value;
        return Err(NotAList(format!(
            "The header has no column “name”; it is “{found}”. The columns are: {}.",
            COLUMNS.join(", ")
        )));
    }
    list.missing_columns = COLUMNS.iter().copied().filter(|c| !columns.contains_key(c)).collect();
    Ok(columns)
}

impl CsvList {
    fn refuse(&mut self, doubt: Doubt, names: Vec<String>) {
        self.unsure.push(Unsure { line: doubt.line, names });
        self.doubts.push(doubt);
    }

    fn take(
        &mut self,
        line: u64,
        cell: impl Fn(&str) -> String,
        product: Option<&str>,
        known: impl Fn(&str) -> bool,
    ) {
        let written = cell("name");
        let name = match required_line("name", "the name of the sub-processor", &written, NAME_LIMIT) {
            Ok(name) => name,
            Err(e) => {
                let why =
                    if written.is_empty() { "The name is missing. Enter it.".to_owned() } else { e.problem };
                return self.refuse(Doubt::new(line, "name", &written, why), Vec::new());
            }
        };
        if names::is_placeholder(&name) {
            let why = "Stands in for a name. Write the sub-processor's name, or remove the row.";
            return self.refuse(Doubt::new(line, "name", &name, why), Vec::new());
        }
        let mut row = Row { line, name: name.clone(), ..Row::default() };
        row.places(&cell);
        let said = match notes::read(&mut row, &cell("notes")) {
            Ok(said) => said,
            Err(e) => {
                row.doubts.push(notes::unreadable(line, &cell("notes"), e));
                notes::Said::default()
            }
        };
        if let Some(statement) = said.statement.filter(|s| !self.statements.contains(s)) {
            self.statements.push(statement);
        }
        match names::several(&name, known) {
            Some(Several::Surely(parts)) => {
                let why = format!(
                    "Names {} sub-processors in one cell: {}. Give each a row of its own.",
                    parts.len(),
                    parts.join(" · ")
                );
                return self
                    .refuse(Doubt::new(line, "name", &name, why), [vec![name.clone()], parts].concat());
            }
            None if said.two_in_one => {
                let why =
                    "The notes say that this cell names two sub-processors. Give each a row of its own.";
                return self.refuse(Doubt::new(line, "name", &name, why), vec![name.clone()]);
            }
            Some(Several::Perhaps(parts)) => row.doubts.push(Doubt::new(
                line,
                "name",
                &name,
                format!(
                    "May be one sub-processor or several: {}. If several, give each a row of its own.",
                    parts.join(" · ")
                ),
            )),
            None => {}
        }
        if let Some(product) = product
            && !row.narrow_to(product)
        {
            let why = format!(
                "The row is about another product than “{product}”. Import it with its own product, or mend the row."
            );
            return self.refuse(Doubt::new(line, "notes", &cell("notes"), why), vec![name]);
        }
        row.facts(&cell);
        self.doubts.extend(row.doubts.iter().cloned());
        self.rows.push(row);
    }

    /// A row that says again what an earlier one says adds nothing; one that says otherwise of
    /// the same engagement is for a person.
    fn set_repeats_aside(&mut self) {
        let mut first: HashMap<String, Vec<usize>> = HashMap::new();
        let mut kept: Vec<Row> = Vec::new();
        for row in std::mem::take(&mut self.rows) {
            let places = first.entry(names::key(&row.name)).or_default();
            let earlier = places.iter().filter_map(|at| kept.get(*at)).find(|e| row.is_of_same_engagement(e));
            let Some(earlier) = earlier else {
                places.push(kept.len());
                kept.push(row);
                continue;
            };
            let why = if row.repeats(earlier) {
                format!("Repeats line {}. Remove one of the two.", earlier.line)
            } else {
                format!(
                    "Says otherwise of the same sub-processor and purpose than line {}. Make them one row, or give each its own purpose.",
                    earlier.line
                )
            };
            self.doubts.retain(|d| d.line != row.line);
            let doubt = Doubt::new(row.line, "name", &row.name, why);
            self.refuse(doubt, vec![row.name]);
        }
        self.rows = kept;
    }
}

impl Row {
    fn doubt(&mut self, field: &str, value: &str, why: impl Into<String>) {
        self.doubts.push(Doubt::new(self.line, field, value, why));
    }

    fn places(&mut self, cell: &impl Fn(&str) -> String) {
        let (places, doubts) = places::read(self.line, &cell("location"), &cell("country_code_if_clear"));
        self.locations = places;
        self.doubts.extend(doubts);
    }

    fn facts(&mut self, cell: &impl Fn(&str) -> String) {
        match purposes::read("purpose", &cell("purpose")) {
            Ok(purposes) => self.purposes = purposes,
            Err(e) => self.doubt("purpose", &cell("purpose"), e.problem),
        }
        if self.group.is_none() && cell("purpose").to_lowercase().starts_with("optional ") {
            self.group = Some(Group::Optional);
        }
        match items("data_categories", &cell("data_categories")) {
            Ok(data) => self.data_categories = data,
            Err(e) => self.doubt("data_categories", &cell("data_categories"), e.problem),
        }
        let seat = cell("entity_country");
        match places::countries(&seat) {
            (found, wrong) if !wrong.is_empty() => {
                for (value, why) in wrong {
                    self.doubt("entity_country", &value, why);
                }
                self.seat = found.first().copied().filter(|_| found.len() == 1);
            }
            (found, _) if found.len() > 1 => {
                self.doubt("entity_country", &seat, "Names several countries; a company has one seat. Write the country of the contracting entity.");
            }
            (found, _) => self.seat = found.first().copied(),
        }
        match website(&cell("website")) {
            Ok(url) => self.website = url,
            Err(why) => self.doubt("website", &cell("website"), why),
        }
        let from = cell("effective_from");
        match from.parse::<Date>() {
            Ok(day) => self.effective_from = Some(day),
            Err(_) if from.is_empty() => {}
            Err(_) => self.doubt("effective_from", &from, "Is no date. Write year, month, day: 2026-03-14."),
        }
    }

    /// Narrows the row to `product`; `false` if it is about others.
    fn narrow_to(&mut self, product: &str) -> bool {
        let concerns = self.products.is_empty() || self.products.iter().any(|p| p == product);
        self.products = vec![product.to_owned()];
        concerns
    }
}

fn website(cell: &str) -> Result<String, &'static str> {
    const HELP: &str = "Is no web address. Write it with its scheme: https://example.com/.";
    if cell.is_empty() {
        return Ok(String::new());
    }
    let plain = cell.len() <= 2_048 && !cell.chars().any(|c| c.is_whitespace() || c.is_control());
    let url = url::Url::parse(cell).ok().filter(|_| plain).ok_or(HELP)?;
    let well = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|h| h.contains('.'))
        && url.username().is_empty()
        && url.password().is_none();
    if well { Ok(cell.to_owned()) } else { Err(HELP) }
}
