//! Expressions that choose tasks, and episodes of a run: `domain(email) and not outcome(correct)`.
//!
//! | term | chooses |
//! |---|---|
//! | `id(GLOB)` | tasks by id; `*` is any text, `?` any one character |
//! | `template(GLOB)` | tasks by template |
//! | `domain(NAME)` | tasks of a domain, as reports or the task itself name it |
//! | `tag(NAME)` | tasks with a tag; a run does not keep tags |
//! | `outcome(NAME)` | episodes by outcome |
//! | `class(NAME)` | episodes by the class of their failure |
//! | `TEXT` | tasks whose id, tag or domain contains it |
//!
//! `not` binds tighter than `and`, and `and` tighter than `or`; parentheses group.

mod glob;
mod parse;

use std::fmt;

use breakroom_tasks::task::Task;
use breakroom_tasks::verdict::Outcome;

use crate::errors::ErrorClass;
use crate::record::EpisodeRecord;
use glob::matches;
pub use parse::FilterError;

/// What a filter chooses from, which decides the terms that it can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Tasks of a suite.
    Tasks,
    /// Episodes of a run.
    Episodes,
}

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    text: String,
    expression: Expression,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    Term(Term),
    Not(Box<Expression>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Text(String),
    Id(String),
    Template(String),
    Domain(String),
    Tag(String),
    Outcome(Outcome),
    Class(ErrorClass),
}

/// What is known of a task or an episode.
struct Subject<'a> {
    id: &'a str,
    template: &'a str,
    domains: &'a [String],
    tags: &'a [String],
    outcome: Option<Outcome>,
    class: Option<ErrorClass>,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// Says where the text stops being a filter, and what is allowed there.
    pub fn parse(text: &str, scope: Scope) -> Result<Filter, FilterError> {
        Ok(Filter {
            text: text.trim().to_owned(),
            expression: parse::parse(text, scope)?,
        })
    }

    /// Whether it chooses a task.
    pub fn has_task(&self, task: &Task) -> bool {
        self.expression.has(&Subject {
            id: &task.id,
            template: &task.template,
            domains: &task.domains,
            tags: &task.tags,
            outcome: None,
            class: None,
        })
    }

    /// Whether it chooses an episode.
    pub fn has_episode(&self, episode: &EpisodeRecord) -> bool {
        self.expression.has(&Subject {
            id: &episode.task,
            template: &episode.template,
            domains: &episode.domains,
            tags: &[],
            outcome: Some(episode.outcome),
            class: episode.class,
        })
    }

    /// Several filters as the text of one that chooses what all of them choose; none if there are none.
    pub fn join(filters: &[Filter]) -> Option<String> {
        match filters {
            [] => None,
            [one] => Some(one.text.clone()),
            several => {
                let parts: Vec<String> = several
                    .iter()
                    .map(|filter| match filter.expression {
                        Expression::Or(_) => format!("({})", filter.text),
                        _ => filter.text.clone(),
                    })
                    .collect();
                Some(parts.join(" and "))
            }
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Expression {
    fn has(&self, subject: &Subject<'_>) -> bool {
        match self {
            Expression::Term(term) => term.has(subject),
            Expression::Not(inner) => !inner.has(subject),
            Expression::And(parts) => parts.iter().all(|part| part.has(subject)),
            Expression::Or(parts) => parts.iter().any(|part| part.has(subject)),
        }
    }
}

impl Term {
    fn has(&self, subject: &Subject<'_>) -> bool {
        match self {
            Term::Text(text) => {
                let words = subject.tags.iter().chain(subject.domains);
                subject.id.contains(text) || words.into_iter().any(|word| word.contains(text))
            }
            Term::Id(glob) => matches(glob, subject.id),
            Term::Template(glob) => matches(glob, subject.template),
            Term::Domain(name) => {
                subject.template.split('.').next() == Some(name) || subject.domains.contains(name)
            }
            Term::Tag(name) => subject.tags.contains(name),
            Term::Outcome(outcome) => subject.outcome == Some(*outcome),
            Term::Class(class) => subject.class == Some(*class),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TASKS: [(&str, &str, Outcome, Option<ErrorClass>); 4] = [
        ("email.reply.01", "email", Outcome::Correct, None),
        (
            "email.forward.01",
            "email",
            Outcome::SideEffects,
            Some(ErrorClass::WrongTarget),
        ),
        (
            "across.meet-or-mail.01",
            "calendar",
            Outcome::Incomplete,
            Some(ErrorClass::NoAction),
        ),
        ("calendar.create.02", "calendar", Outcome::Correct, None),
    ];

    fn chosen(filter: &Filter) -> Vec<usize> {
        let domains = TASKS.map(|(_, domain, ..)| [domain.to_owned()]);
        let subjects = TASKS.iter().zip(&domains).enumerate();
        let subjects = subjects.map(|(place, ((id, _, outcome, class), domains))| {
            let subject = Subject {
                id,
                template: id.rsplit_once('.').unwrap().0,
                domains,
                tags: &[],
                outcome: Some(*outcome),
                class: *class,
            };
            (place, filter.expression.has(&subject))
        });
        subjects
            .filter(|(_, has)| *has)
            .map(|(place, _)| place)
            .collect()
    }

    fn episodes(text: &str) -> Filter {
        Filter::parse(text, Scope::Episodes).unwrap()
    }

    #[test]
    fn terms_choose_by_what_they_name() {
        for (text, places) in [
            ("email", vec![0, 1]),
            (".01", vec![0, 1, 2]),
            ("id(*.02)", vec![3]),
            ("template(email.*)", vec![0, 1]),
            ("template(email.?eply)", vec![0]),
            ("domain(across)", vec![2]),
            ("domain(calendar)", vec![2, 3]),
            ("outcome(side_effects)", vec![1]),
            ("outcome( side effects )", vec![1]),
            ("class(no-action)", vec![2]),
            ("not outcome(correct)", vec![1, 2]),
            ("domain(email) and not outcome(correct)", vec![1]),
            ("email or calendar and .02", vec![0, 1, 3]),
            ("(email or calendar) and .02", vec![3]),
            ("not not email", vec![0, 1]),
            ("not (email or across)", vec![3]),
            ("meet-or-mail", vec![2]),
            ("template", vec![]),
        ] {
            assert_eq!(chosen(&episodes(text)), places, "{text}");
        }
    }

    #[test]
    fn what_is_no_filter_is_told_with_its_place() {
        let told: Vec<String> = [
            "",
            "email and",
            "email calendar",
            "(email",
            "email)",
            "tmplate(x)",
            "domain(email",
            "domain()",
            "outcome(wrong)",
            "class(lazy)",
            "tag(small)",
            "or email",
        ]
        .iter()
        .map(|text| {
            let error = Filter::parse(text, Scope::Episodes).unwrap_err();
            format!("{text:?}: {error}")
        })
        .collect();
        let told = told.join("\n");
        for part in [
            "\"\": column 1: a filter is missing",
            "\"email and\": column 10: a term is missing after `and`",
            "\"email calendar\": column 7: expected `and` or `or` before \"calendar\"",
            "\"(email\": column 7: a closing parenthesis is missing",
            "\"email)\": column 6: this parenthesis closes nothing",
            "\"tmplate(x)\": column 1: unknown term \"tmplate\": there are id(GLOB), template(GLOB)",
            "\"domain(email\": column 13: a closing parenthesis is missing",
            "\"domain()\": column 8: domain(NAME) needs a name",
            "column 9: unknown outcome \"wrong\": there are correct, incomplete",
            "column 7: unknown class \"lazy\": there are harness_fault",
            "\"tag(small)\": column 1: a run does not keep tags",
            "\"or email\": column 1: a term is missing before `or`",
        ] {
            assert!(told.contains(part), "{part}\n{told}");
        }
        let error = Filter::parse("outcome(correct)", Scope::Tasks).unwrap_err();
        assert!(error.to_string().contains("only of a run"), "{error}");
        let deep = "(".repeat(100_000);
        assert!(Filter::parse(&deep, Scope::Tasks).is_err());
        assert!(Filter::parse(&"not ".repeat(100_000), Scope::Tasks).is_err());
    }

    #[test]
    fn several_filters_are_one() {
        let filters = ["email or calendar", ".01", "not outcome(correct)"].map(episodes);
        let joined = Filter::join(&filters).unwrap();
        assert_eq!(
            joined,
            "(email or calendar) and .01 and not outcome(correct)"
        );
        assert_eq!(chosen(&episodes(&joined)), [1, 2]);
        assert_eq!(Filter::join(&filters[..1]).unwrap(), "email or calendar");
        assert_eq!(Filter::join(&[]), None);
    }

    /// An expression's text, with more parentheses than it needs.
    fn print(expression: &Expression) -> String {
        let list = |parts: &[Expression], word: &str| {
            let parts: Vec<String> = parts.iter().map(print).collect();
            format!("({})", parts.join(word))
        };
        match expression {
            Expression::Term(Term::Text(text)) => text.clone(),
            Expression::Term(Term::Id(glob)) => format!("id({glob})"),
            Expression::Term(Term::Template(glob)) => format!("template({glob})"),
            Expression::Term(Term::Domain(name)) => format!("domain({name})"),
            Expression::Term(Term::Tag(name)) => format!("tag({name})"),
            Expression::Term(Term::Outcome(outcome)) => format!("outcome({})", outcome.name()),
            Expression::Term(Term::Class(class)) => format!("class({})", class.name()),
            Expression::Not(inner) => format!("not ({})", print(inner)),
            Expression::And(parts) => list(parts, " and "),
            Expression::Or(parts) => list(parts, " or "),
        }
    }

    fn expressions() -> impl Strategy<Value = Expression> {
        let term = prop_oneof![
            "(email|[.]01|meet|a|calendar[.]c)".prop_map(Term::Text),
            "[a-z.*?]{1,8}".prop_map(Term::Id),
            "(email|across|calendar)[.][a-z*]{1,3}".prop_map(Term::Template),
            "(email|across|calendar)".prop_map(Term::Domain),
            prop::sample::select(Outcome::ALL.to_vec()).prop_map(Term::Outcome),
        ];
        term.prop_map(Expression::Term)
            .prop_recursive(4, 24, 3, |inner| {
                prop_oneof![
                    inner.clone().prop_map(|it| Expression::Not(Box::new(it))),
                    prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
                    prop::collection::vec(inner, 2..4).prop_map(Expression::Or),
                ]
            })
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(expression in expressions()) {
            let read = episodes(&print(&expression));
            let same = Filter { text: String::new(), expression };
            prop_assert_eq!(chosen(&read), chosen(&same));
        }

        #[test]
        fn a_filter_and_its_negation_share_out_everything(expression in expressions()) {
            let text = print(&expression);
            let mut all = [chosen(&episodes(&text)), chosen(&episodes(&format!("not {text}")))].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..TASKS.len()).collect::<Vec<_>>());
        }

        #[test]
        fn any_text_is_a_filter_or_an_error_within_it(text in "([ ()a-z.*é]|and |or |not |id\\(){0,24}") {
            if let Err(error) = Filter::parse(&text, Scope::Tasks) {
                prop_assert!((1..=text.chars().count() + 1).contains(&error.column), "{}", error);
            }
        }
    }
}
