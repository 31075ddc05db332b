//! Where the rows are: in the database that `DATABASE_URL` names, or in one of the example's own.

use std::{
    env,
    path::{Path, PathBuf},
};

use tokio_postgres::{Config, config::Host};

use crate::private::{PACKAGED, Private, programs};

/// What somebody is told who has neither.
const NEITHER: &str = "this example needs a PostgreSQL, and found none. Either
  name one:       DATABASE_URL=postgres://user:password@host/database cargo run -p postgres-example
  start one:      docker run --rm -d -p 5432:5432 -e POSTGRES_PASSWORD=tide postgres:17
                  DATABASE_URL=postgres://postgres:tide@localhost/postgres cargo run -p postgres-example
  or install it:  apt install postgresql, brew install postgresql; then the example starts one of its own";

/// What somebody is told whose database cannot be used.
const CORRECT: &str = "
  correct DATABASE_URL, which is postgres://user:password@host/database with `%40` for an `@` in the password;
  or unset it:    then the example starts a PostgreSQL of its own, where one is installed";

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
        let address = env::var("DATABASE_URL").ok().filter(|address| !address.is_empty());
        Self::choose(address, || programs(&env::var_os("PATH").unwrap_or_default(), PACKAGED)).await
    }

    async fn choose(address: Option<String>, installed: impl FnOnce() -> Option<PathBuf>) -> Result<Self, String> {
        if let Some(address) = address {
            // The address may hold a password, so neither terminal nor page shows it.
            return Ok(Self { address, psql: "psql \"$DATABASE_URL\"".to_owned(), private: None });
        }
        let programs = installed().ok_or(NEITHER)?;
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

    /// Where it is, for messages: with everything that its address says but the password.
    pub fn place(&self) -> String {
        if self.is_private() {
            return "the example's own database".to_owned();
        }
        // What is wrong with one that cannot be read is said by whoever reads it.
        let Ok(config) = self.address.parse::<Config>() else { return "the database that DATABASE_URL names".to_owned() };
        let host = match config.get_hosts().first() {
            Some(Host::Tcp(name)) => format!("{name}:{}", config.get_ports().first().unwrap_or(&5432)),
            Some(Host::Unix(folder)) => folder.display().to_string(),
            None => "no host".to_owned(),
        };
        let user = config.get_user().unwrap_or("nobody");
        let name = config.get_dbname().unwrap_or(user);
        format!("the database that DATABASE_URL names, `{name}` at {host} as `{user}`,")
    }

    /// What to do where it cannot be used.
    pub fn advice(&self) -> &'static str {
        if self.is_private() { "" } else { CORRECT }
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

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, fs};

    use super::*;

    const NOWHERE: [&str; 2] = ["/nowhere/postgresql", "/nowhere/opt"];

    #[tokio::test]
    async fn who_has_no_postgresql_and_names_none_is_told_three_ways_out() {
        let empty = tempfile::tempdir().unwrap();
        let said = Database::choose(None, || programs(empty.path().as_os_str(), NOWHERE)).await.unwrap_err();
        assert!(said.starts_with("this example needs a PostgreSQL, and found none."), "{said}");
        for way in ["DATABASE_URL=postgres://", "docker run", "apt install postgresql", "cargo run -p postgres-example"] {
            assert!(said.contains(way), "{way}: {said}");
        }
    }

    #[test]
    fn the_newest_version_is_found_where_packages_put_it_and_in_the_path() {
        let root = tempfile::tempdir().unwrap();
        let folder = |name: &str, files: &[&str]| {
            let folder = root.path().join(name);
            fs::create_dir_all(&folder).unwrap();
            for file in files {
                fs::write(folder.join(file), "").unwrap();
            }
            folder
        };
        let both = ["initdb", "postgres"];
        folder("debian/9/bin", &both);
        let newest = folder("debian/15/bin", &both);
        // Of this one the client alone is installed.
        folder("debian/17/bin", &["psql"]);
        let path = folder("path", &both);
        let debian = root.path().join("debian");
        let debian = debian.to_str().unwrap();
        assert_eq!(programs(path.as_os_str(), [debian, NOWHERE[1]]), Some(newest));
        assert_eq!(programs(path.as_os_str(), NOWHERE), Some(path));
        let homebrew = folder("homebrew/postgresql@16/bin", &both);
        let root = root.path().join("homebrew");
        assert_eq!(programs(OsStr::new(""), [NOWHERE[0], root.to_str().unwrap()]), Some(homebrew));
    }
}
