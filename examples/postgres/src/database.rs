//! Where the rows are: in the database that `DATABASE_URL` names, or in one of the example's own.

use std::{env, path::Path};

use crate::private::{Private, programs};

/// What somebody is told who has neither.
const NEITHER: &str = "this example needs a PostgreSQL, and found none. Either
  name one:       DATABASE_URL=postgres://user:password@host/database cargo run -p postgres-example
  start one:      docker run --rm -d -p 5432:5432 -e POSTGRES_PASSWORD=tide postgres:17
                  DATABASE_URL=postgres://postgres:tide@localhost/postgres cargo run -p postgres-example
  or install it:  apt install postgresql, brew install postgresql; then the example starts one of its own";

/// A database for this example.
#[derive(Debug)]
pub struct Database {
    address: String,
    psql: String,
    private: Option<Private>,
}

impl Database {
    /// The database that `DATABASE_URL` names. Without it one of the example's own, in a temporary folder, where PostgreSQL is installed.
    ///
    /// # Errors
    ///
    /// What to do, where there is neither; or why the installed one does not start.
    pub async fn find() -> Result<Self, String> {
        if let Some(address) = env::var("DATABASE_URL").ok().filter(|address| !address.is_empty()) {
            // The address may hold a password, so neither terminal nor page shows it.
            return Ok(Self { address, psql: "psql \"$DATABASE_URL\"".to_owned(), private: None });
        }
        let programs = programs().ok_or(NEITHER)?;
        let private = Private::start(&programs).await?;
        let folder = private.folder().display().to_string();
        let client = if in_path("psql") { "psql".to_owned() } else { programs.join("psql").display().to_string() };
        let psql = format!("{client} -h {folder} -U postgres");
        Ok(Self { address: format!("host='{folder}' user=postgres dbname=postgres"), psql, private: Some(private) })
    }

    /// For a client.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The command that opens it, for whoever edits rows.
    pub fn psql(&self) -> &str {
        &self.psql
    }

    /// Whether it ends with the example.
    pub const fn is_private(&self) -> bool {
        self.private.is_some()
    }

    /// Ends one of the example's own, and removes what it had. Another goes on.
    pub async fn end(self) {
        if let Some(private) = self.private {
            private.end().await;
        }
    }
}

fn in_path(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file()))
}
