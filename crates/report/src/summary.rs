//! The totals of a run, as tables.

use breakroom_record::summary::Total;
use breakroom_tasks::verdict::Outcome;
use comfy_table::Table;

/// The totals as two tables: the outcomes, and what they took. One table would be wider than 100 columns.
pub fn tables(totals: &[(String, Total)]) -> [Table; 2] {
    [outcomes(totals), effort(totals)]
}

fn outcomes(totals: &[(String, Total)]) -> Table {
    let mut table = crate::table::new();
    let header = ["domain", "accuracy"].map(str::to_owned).into_iter();
    table.set_header(header.chain(Outcome::ALL.map(Outcome::label)));
    for (domain, total) in totals {
        let accuracy = total
            .accuracy()
            .map_or_else(|| "-".to_owned(), |percent| format!("{percent:.1} %"));
        let row = [domain.clone(), accuracy].into_iter();
        table.add_row(row.chain(Outcome::ALL.map(|outcome| total.of(outcome).to_string())));
    }
    table
}

fn effort(totals: &[(String, Total)]) -> Table {
    let mut table = crate::table::new();
    table.set_header([
        "domain", "episodes", "steps", "calls", "tokens", "cost", "seconds",
    ]);
    for (domain, total) in totals {
        table.add_row([
            domain.clone(),
            total.episodes.to_string(),
            total.steps.to_string(),
            total.calls.to_string(),
            total.tokens.to_string(),
            total
                .cost
                .map_or_else(|| "-".to_owned(), |dollars| format!("${dollars:.2}")),
            format!("{:.1}", total.seconds),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_all_domains_fits_100_columns_without_folding() {
        let total = |episodes| Total {
            episodes,
            outcomes: Outcome::ALL
                .map(|outcome| (outcome, episodes / 5))
                .into_iter()
                .collect(),
            steps: 34_500,
            calls: 34_500,
            tokens: 123_456_789,
            cost: Some(1234.56),
            seconds: 12_345.6,
        };
        let domains = [
            "across",
            "analytics",
            "calendar",
            "customer_relationship_manager",
            "email",
            "project_management",
        ];
        let mut totals: Vec<(String, Total)> = domains
            .map(|domain| (domain.to_owned(), total(115)))
            .into_iter()
            .collect();
        totals.push(("all".to_owned(), total(690)));
        for table in tables(&totals) {
            let text = table.to_string();
            assert_eq!(text.lines().count(), totals.len() + 2, "{text}");
            for line in text.lines() {
                assert!(line.chars().count() <= 100, "{text}");
            }
        }
    }
}
