//! What a run came to, as a table.

use breakroom_record::summary::Total;
use breakroom_tasks::verdict::Outcome;

use crate::table::folded;

/// The totals as a table: what came out, by domain.
pub fn table(totals: &[(String, Total)]) -> comfy_table::Table {
    let mut table = crate::table::new();
    let outcomes = Outcome::ALL.map(|outcome| outcome.name().replace('_', "\n"));
    let header = ["domain", "episodes"].map(str::to_owned).into_iter();
    table.set_header(header.chain(outcomes).chain(["accuracy".to_owned()]));
    for (domain, total) in totals {
        let mut row = vec![folded(domain, 24), total.episodes.to_string()];
        row.extend(Outcome::ALL.map(|outcome| total.of(outcome).to_string()));
        row.push(
            total
                .accuracy()
                .map_or_else(|| "-".to_owned(), |percent| format!("{percent:.1} %")),
        );
        table.add_row(row);
    }
    crate::table::keep_whole(&mut table, 0);
    table
}

/// What it took, in one line.
pub fn spent(total: &Total) -> String {
    let mut line = format!(
        "{} steps, {} calls, {} tokens, ",
        total.steps, total.calls, total.tokens
    );
    if let Some(dollars) = total.cost {
        line.push_str(&format!("${dollars:.2}, "));
    }
    line + &format!("{:.1} seconds of episodes", total.seconds)
}
