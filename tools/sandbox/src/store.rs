//! The ledger in one SQLite file: a row of JSON for each trade, which holds everything the model knows of it.

use rusqlite::Connection;
use std::{io, path::Path};

/// An open file.
#[derive(Debug)]
pub(crate) struct Store(Connection);

impl Store {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let connection = Connection::open(path).map_err(io::Error::other)?;
        connection
            .execute_batch(
                "CREATE TABLE IF NOT EXISTS trade (trade_no TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;",
            )
            .map_err(io::Error::other)?;
        Ok(Self(connection))
    }

    /// The JSON of every trade.
    pub(crate) fn load(&self) -> io::Result<Vec<String>> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut statement = self.0.prepare("SELECT json FROM trade")?;
            statement.query_map([], |row| row.get(0))?.collect()
        };
        read().map_err(io::Error::other)
    }

    /// Writes all rows or none.
    pub(crate) fn save(&mut self, rows: &[(String, String)]) -> io::Result<()> {
        let mut write = || -> rusqlite::Result<()> {
            let transaction = self.0.transaction()?;
            for (trade_no, json) in rows {
                transaction.execute(
                    "INSERT INTO trade VALUES (?1, ?2) ON CONFLICT (trade_no) DO UPDATE SET json = excluded.json",
                    (trade_no, json),
                )?;
            }
            transaction.commit()
        };
        write().map_err(io::Error::other)
    }
}
