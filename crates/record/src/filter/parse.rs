//! From text to an expression: a descent with one function for each level of binding.

use breakroom_tasks::verdict::Outcome;

use super::{Expression, Scope, Term};
use crate::errors::CLASSES;

/// How deep parentheses and `not` may nest: a filter is written by hand.
const DEEPEST: usize = 64;

/// A text that is not a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {reason}")]
pub struct FilterError {
    /// Where it stops being one, counted from 1 in characters.
    pub column: usize,
    /// What is wrong there, and what is allowed.
    pub reason: String,
}

pub(super) fn parse(text: &str, scope: Scope) -> Result<Expression, FilterError> {
    let mut parser = Parser {
        text,
        at: 0,
        scope,
        depth: 0,
    };
    if parser.rest().is_empty() {
        return Err(parser.error("a filter is missing: write one like domain(email)"));
    }
    let expression = parser.or("")?;
    match parser.rest().chars().next() {
        None => Ok(expression),
        Some(')') => Err(parser.error("this parenthesis closes nothing")),
        Some(_) => {
            let word = parser.word();
            Err(parser.error(format!("expected `and` or `or` before {word:?}")))
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    /// The byte that is read next.
    at: usize,
    scope: Scope,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// What is left, without blanks before it.
    fn rest(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let trimmed = rest.trim_start();
        self.at += rest.len() - trimmed.len();
        trimmed
    }

    /// The next word, which is not taken.
    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|letter: char| letter.is_whitespace() || "()".contains(letter));
        &rest[..end.unwrap_or(rest.len())]
    }

    fn takes(&mut self, keyword: &str) -> bool {
        let is_next = self.word() == keyword;
        if is_next {
            self.at += keyword.len();
        }
        is_next
    }

    fn error(&self, reason: impl Into<String>) -> FilterError {
        FilterError {
            column: self.text[..self.at].chars().count() + 1,
            reason: reason.into(),
        }
    }

    /// `before` is the keyword that stands before it, for messages.
    fn or(&mut self, before: &str) -> Result<Expression, FilterError> {
        let mut parts = vec![self.and(before)?];
        while self.takes("or") {
            parts.push(self.and("or")?);
        }
        Ok(one_or(parts, Expression::Or))
    }

    fn and(&mut self, before: &str) -> Result<Expression, FilterError> {
        let mut parts = vec![self.not(before)?];
        while self.takes("and") {
            parts.push(self.not("and")?);
        }
        Ok(one_or(parts, Expression::And))
    }

    fn not(&mut self, before: &str) -> Result<Expression, FilterError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error(format!(
                "more than {DEEPEST} levels of parentheses and `not`"
            )));
        }
        let expression = if self.takes("not") {
            Expression::Not(Box::new(self.not("not")?))
        } else if self.rest().starts_with('(') {
            self.at += 1;
            let inner = self.or("(")?;
            self.close()?;
            inner
        } else {
            Expression::Term(self.term(before)?)
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn close(&mut self) -> Result<(), FilterError> {
        match self.rest().chars().next() {
            Some(')') => {
                self.at += 1;
                Ok(())
            }
            None => Err(self.error("a closing parenthesis is missing")),
            Some(_) => {
                let word = self.word();
                Err(self.error(format!("expected `and`, `or` or `)` before {word:?}")))
            }
        }
    }

    fn term(&mut self, before: &str) -> Result<Term, FilterError> {
        let word = self.word();
        if let keyword @ ("and" | "or") = word {
            return Err(self.error(format!("a term is missing before `{keyword}`")));
        }
        if word.is_empty() {
            return Err(match before {
                "" => self.error("a term is missing"),
                before => self.error(format!("a term is missing after `{before}`")),
            });
        }
        if !self.text[self.at + word.len()..].starts_with('(') {
            self.at += word.len();
            return Ok(Term::Text(word.to_owned()));
        }
        let known = self.check(word)?;
        self.at += word.len() + 1;
        let rest = self.rest();
        let Some(end) = rest.find(')') else {
            self.at = self.text.len();
            return Err(self.error("a closing parenthesis is missing"));
        };
        let value = rest[..end].trim();
        if value.is_empty() {
            return Err(self.error(format!("{known} needs a name")));
        }
        let term = self.named(word, value)?;
        self.at += end + 1;
        Ok(term)
    }

    /// How the term of a name is written, if there is one that can be asked here.
    fn check(&self, name: &str) -> Result<&'static str, FilterError> {
        let terms: &[&'static str] = match self.scope {
            Scope::Tasks => &["id(GLOB)", "template(GLOB)", "domain(NAME)", "tag(NAME)"],
            Scope::Episodes => &[
                "id(GLOB)",
                "template(GLOB)",
                "domain(NAME)",
                "outcome(NAME)",
                "class(NAME)",
            ],
        };
        let is_it = |term: &&&str| term.split('(').next() == Some(name);
        if let Some(term) = terms.iter().find(is_it) {
            return Ok(term);
        }
        let known = terms.join(", ");
        Err(self.error(match (name, self.scope) {
            ("tag", Scope::Episodes) => {
                format!("a run does not keep tags: there are {known}, or a text alone")
            }
            ("outcome" | "class", Scope::Tasks) => {
                format!("{name} is known only of a run: there are {known}, or a text alone")
            }
            _ => format!("unknown term {name:?}: there are {known}, or a text alone"),
        }))
    }

    fn named(&self, name: &str, value: &str) -> Result<Term, FilterError> {
        let owned = value.to_owned();
        // Reports write side effects, JSON writes side_effects.
        let snake = value.replace([' ', '-'], "_");
        Ok(match name {
            "id" => Term::Id(owned),
            "template" => Term::Template(owned),
            "domain" => Term::Domain(owned),
            "tag" => Term::Tag(owned),
            "outcome" => {
                let outcome = Outcome::ALL.into_iter().find(|it| it.name() == snake);
                Term::Outcome(outcome.ok_or_else(|| {
                    let known = Outcome::ALL.map(Outcome::name).join(", ");
                    self.error(format!("unknown outcome {value:?}: there are {known}"))
                })?)
            }
            _ => {
                let class = CLASSES.iter().find(|entry| entry.class.name() == snake);
                Term::Class(class.map(|entry| entry.class).ok_or_else(|| {
                    let known: Vec<String> =
                        CLASSES.iter().map(|entry| entry.class.name()).collect();
                    let known = known.join(", ");
                    self.error(format!("unknown class {value:?}: there are {known}"))
                })?)
            }
        })
    }
}

fn one_or(mut parts: Vec<Expression>, several: fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.len(), parts.pop()) {
        (1, Some(one)) => one,
        (_, last) => {
            parts.extend(last);
            several(parts)
        }
    }
}
