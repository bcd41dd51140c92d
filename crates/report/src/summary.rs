//! What a run came to, as a table.

use breakroom_record::summary::Total;
use breakroom_tasks::verdict::Outcome;

/// The totals as a table.
pub fn table(totals: &[(String, Total)]) -> comfy_table::Table {
    let mut table = crate::table::new();
    let outcomes = Outcome::ALL.map(|outcome| outcome.name().replace('_', " "));
    let header = ["domain", "episodes"]
        .map(str::to_owned)
        .into_iter()
        .chain(outcomes);
    table.set_header(
        header
            .chain(["accuracy", "steps", "calls", "tokens", "cost", "seconds"].map(str::to_owned)),
    );
    for (domain, total) in totals {
        let mut row = vec![domain.clone(), total.episodes.to_string()];
        row.extend(Outcome::ALL.map(|outcome| total.of(outcome).to_string()));
        row.push(
            total
                .accuracy()
                .map_or_else(|| "-".to_owned(), |percent| format!("{percent:.1} %")),
        );
        row.push(total.steps.to_string());
        row.push(total.calls.to_string());
        row.push(total.tokens.to_string());
        row.push(
            total
                .cost
                .map_or_else(|| "-".to_owned(), |dollars| format!("${dollars:.2}")),
        );
        row.push(format!("{:.1}", total.seconds));
        table.add_row(row);
    }
    table
}
