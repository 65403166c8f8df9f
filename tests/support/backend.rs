//! A database of its own for each test: a SQLite file, or a PostgreSQL database.
//!
//! A database, not a schema: advisory locks, which admit one writer at a time, reach
//! over all schemas of a database, so tests would wait for each other. Creating and
//! dropping one costs about 90 ms.

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// Says whether PostgreSQL is there; if not, loudly, and under `CI=true` by failing.
pub fn postgres_is_there(test: &str) -> bool {
    if server().is_some() {
        return true;
    }
    let advice = "TEST_POSTGRES_URL is not set; `tests/with-postgres cargo test …` starts one";
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} needs PostgreSQL: {advice}");
    super::say_aloud(&format!("SKIPPED on PostgreSQL: {test}. {advice}"));
    false
}

fn server() -> Option<String> {
    std::env::var("TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())
}

/// The database of one test; dropped with it.
pub struct Database {
    pub backend: Backend,
    pub url: String,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

impl Database {
    /// A fresh one; a SQLite file is put into `folder`, and not yet created.
    pub fn new(backend: Backend, folder: &Path) -> Self {
        let url = match backend {
            Backend::Sqlite => format!("sqlite:{}", folder.join("registry.db").display()),
            Backend::Postgres => create(&server().expect("TEST_POSTGRES_URL")),
        };
        Self { backend, url }
    }

    /// The `n` of a statement such as `SELECT count(*) AS n FROM delivery`.
    pub fn number(&self, sql: &str) -> i64 {
        let rows: Vec<Counted> = match self.backend {
            Backend::Sqlite => diesel::sql_query(sql).load(&mut self.sqlite()),
            Backend::Postgres => diesel::sql_query(sql).load(&mut self.postgres()),
        }
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
        rows.first().map(|row| row.n).unwrap_or_else(|| panic!("no row from {sql}"))
    }

    /// Runs statements behind the application's back.
    pub fn execute(&self, sql: &str) {
        match self.backend {
            Backend::Sqlite => self.sqlite().batch_execute(sql),
            Backend::Postgres => self.postgres().batch_execute(sql),
        }
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
    }

    pub fn sqlite(&self) -> SqliteConnection {
        let path = self.url.strip_prefix("sqlite:").expect("a SQLite URL");
        let mut connection = SqliteConnection::establish(path).expect("the test's SQLite file");
        connection.batch_execute("PRAGMA busy_timeout = 20000").expect("a patient connection");
        connection
    }

    pub fn postgres(&self) -> PgConnection {
        PgConnection::establish(&self.url).expect("the test's PostgreSQL database")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.backend == Backend::Postgres {
            let server = server().unwrap_or_default();
            let name = self.url.rsplit('/').next().unwrap_or_default();
            let dropped = PgConnection::establish(&server).map_err(|e| e.to_string()).and_then(|mut c| {
                let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                c.batch_execute(&sql).map_err(|e| e.to_string())
            });
            if let Err(e) = dropped {
                eprintln!("the test's database {name} stays behind: {e}");
            }
        }
    }
}

fn create(server: &str) -> String {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    let mut connection = PgConnection::establish(server).expect("the server of TEST_POSTGRES_URL");
    connection
        .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        .and_then(|()| connection.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")))
        .expect("a database for the test");
    let (base, _) = server.rsplit_once('/').expect("TEST_POSTGRES_URL ends in /DATABASE");
    format!("{base}/{name}")
}
