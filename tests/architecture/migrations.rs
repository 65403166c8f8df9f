//! Both migration trees tell the same story, up and down.

use crate::support::app::Folder;
use crate::support::backend::{Backend, Database, postgres_is_there};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bool, Text};
use diesel::{QueryableByName, RunQueryDsl};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use std::collections::BTreeSet;
use std::path::PathBuf;

fn tree(backend: Backend) -> PathBuf {
    let name = match backend {
        Backend::Sqlite => "sqlite",
        Backend::Postgres => "postgres",
    };
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations").join(name)
}

fn names(backend: Backend) -> BTreeSet<String> {
    let tree = tree(backend);
    let entries = std::fs::read_dir(&tree).unwrap_or_else(|e| panic!("{}: {e}", tree.display()));
    let folders = entries.flatten().filter(|e| e.path().is_dir());
    folders.map(|e| e.file_name().to_string_lossy().into_owned()).collect()
}

/// One column: table, name, kind as both databases call it, may be null.
#[derive(QueryableByName, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

/// A STRICT SQLite table has one type for all whole numbers and truth values.
const SQLITE_COLUMNS: &str = "
    SELECT t.name AS table_name, c.name AS column_name, upper(c.type) AS kind,
           c.\"notnull\" = 0 AND c.pk = 0 AS nullable
    FROM sqlite_schema t JOIN pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE '__diesel%'";

const POSTGRES_COLUMNS: &str = "
    SELECT table_name::text, column_name::text, is_nullable = 'YES' AS nullable,
           CASE WHEN data_type IN ('integer', 'bigint', 'boolean', 'smallint') THEN 'INTEGER'
                WHEN data_type = 'bytea' THEN 'BLOB'
                WHEN data_type = 'double precision' THEN 'REAL'
                ELSE upper(data_type) END AS kind
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%'";

/// Up, down, up; the columns after each step.
fn walk<C>(
    connection: &mut C,
    backend: Backend,
    columns: impl Fn(&mut C) -> BTreeSet<Column>,
) -> BTreeSet<Column>
where
    C: MigrationHarness<C::Backend> + diesel::Connection + diesel::migration::MigrationConnection,
    FileBasedMigrations: diesel::migration::MigrationSource<C::Backend>,
{
    let source = FileBasedMigrations::from_path(tree(backend)).expect("a tree of migrations");
    connection.run_pending_migrations(source.clone()).expect("up");
    let first = columns(connection);
    connection.revert_all_migrations(source.clone()).expect("down");
    let emptied = columns(connection);
    assert!(emptied.is_empty(), "left behind on {backend:?} after the way down: {emptied:?}");
    connection.run_pending_migrations(source).expect("up again");
    assert_eq!(first, columns(connection), "{backend:?} after down and up again");
    first
}

fn of_sqlite() -> BTreeSet<Column> {
    let folder = Folder::new();
    let database = Database::new(Backend::Sqlite, &folder.path);
    let mut connection = database.sqlite();
    connection.batch_execute("PRAGMA foreign_keys = ON").expect("foreign keys");
    walk(&mut connection, Backend::Sqlite, |c| {
        let rows: Vec<Column> = diesel::sql_query(SQLITE_COLUMNS).load(c).expect("the columns");
        rows.into_iter().collect()
    })
}

fn of_postgres() -> BTreeSet<Column> {
    let folder = Folder::new();
    let database = Database::new(Backend::Postgres, &folder.path);
    let mut connection = database.postgres();
    walk(&mut connection, Backend::Postgres, |c| {
        let rows: Vec<Column> = diesel::sql_query(POSTGRES_COLUMNS).load(c).expect("the columns");
        rows.into_iter().collect()
    })
}

#[test]
fn both_trees_have_the_same_names_and_both_ways() {
    assert_eq!(names(Backend::Sqlite), names(Backend::Postgres));
    assert!(!names(Backend::Sqlite).is_empty(), "no migrations");
    for backend in [Backend::Sqlite, Backend::Postgres] {
        for name in names(backend) {
            for way in ["up.sql", "down.sql"] {
                let file = tree(backend).join(&name).join(way);
                assert!(file.is_file(), "{} is missing", file.display());
            }
        }
    }
}

#[test]
fn sqlite_goes_up_down_and_up_again() {
    assert!(!of_sqlite().is_empty());
}

#[test]
fn both_trees_make_the_same_tables_and_columns() {
    if !postgres_is_there("both_trees_make_the_same_tables_and_columns") {
        return;
    }
    let (sqlite, postgres) = (of_sqlite(), of_postgres());
    let only = |a: &BTreeSet<Column>, b: &BTreeSet<Column>| {
        a.difference(b).map(|c| format!("  {c:?}")).collect::<Vec<_>>().join("\n")
    };
    assert!(
        sqlite == postgres,
        "only in SQLite:\n{}\nonly in PostgreSQL:\n{}",
        only(&sqlite, &postgres),
        only(&postgres, &sqlite)
    );
}

#[test]
fn sqlite_tables_are_strict() {
    for file in super::source::files("migrations/sqlite").iter().filter(|f| f.path.ends_with("up.sql")) {
        let text = file.text.to_ascii_uppercase();
        let (made, strict) = (text.matches("CREATE TABLE").count(), text.matches("STRICT").count());
        assert!(made <= strict, "{}: {made} tables, {strict} of them STRICT", file.path);
    }
}
