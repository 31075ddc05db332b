//! The departures of a harbour, from a PostgreSQL table. Run with `cargo run -p postgres-example`, open the printed address, and edit rows with the printed command.
//!
//! `DATABASE_URL` names a database; without it the example starts one of its own, which ends with it.

use std::process::ExitCode;

use harbour::Database;

const NAME: &str = "postgres-example";

#[tokio::main]
async fn main() -> ExitCode {
    let database = match Database::find().await {
        Ok(database) => database,
        Err(problem) => return complain(&problem),
    };
    let prepared = harbour::prepare(&database).await;
    let code = match prepared {
        Ok(changes) => {
            let notes = [format!("edit rows: {} -c \"UPDATE departures SET state = 'delayed' WHERE id = 3\"", database.psql())];
            reception::serve(NAME, 3005, harbour::app(&database, changes), &notes).await
        }
        Err(problem) => complain(&format!("{} cannot be used: {problem}{}", database.place(), database.advice())),
    };
    database.end().await;
    code
}

#[expect(clippy::print_stderr, reason = "the last words of a program that cannot start")]
fn complain(problem: &str) -> ExitCode {
    eprintln!("{NAME}: {problem}");
    ExitCode::FAILURE
}
