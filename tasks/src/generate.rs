//! Draws tasks from templates. The same world, templates and seed always give the same tasks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use breakroom_sandbox::Fault;
use breakroom_sandbox::world::World;
use minijinja::Environment;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::query::QueryContext;
use crate::task::{
    Call, Difficulty, ExpectedAnswer, ExpectedOutcome, ForbiddenState, Parameters, Task,
};
use crate::template::{AnswerKind, OracleStep, SourceText, Template, TemplateError, phrasing};

/// The number of tasks that a suite has of each template.
pub const TASKS_PER_TEMPLATE: usize = 10;

/// Tasks could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// A template is wrong, or does not fit the world.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A failure of the harness.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Draws tasks from templates over one world.
pub struct Generator {
    queries: QueryContext,
    environment: Environment<'static>,
    seed: u64,
    prompts: BTreeSet<String>,
}

impl Generator {
    /// Creates a generator for a world.
    ///
    /// # Errors
    /// SQLite has no memory left.
    pub fn new(world: &Arc<World>, seed: u64) -> Result<Generator, Fault> {
        Ok(Generator {
            queries: QueryContext::of_world(world)?,
            environment: phrasing::environment(),
            seed,
            prompts: BTreeSet::new(),
        })
    }

    /// Draws `count` tasks of a template. A generator never uses a prompt twice. If `draw` has a column `branch`, tasks are drawn evenly
    /// from its values.
    ///
    /// # Errors
    /// A query or a phrasing fails, or there are not enough different tasks. The message names the file, the template and the line.
    pub fn draw(&mut self, template: &Template, count: usize) -> Result<Vec<Task>, GenerateError> {
        let seed = template_seed(self.seed, &template.id);
        self.queries.set_seed(seed);
        let rows = self.query(template, &template.draw, &Parameters::new())?;
        let found = rows.len();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut branches: BTreeMap<String, Vec<Parameters>> = BTreeMap::new();
        for row in rows {
            let branch = row.get("branch").map(Json::to_string).unwrap_or_default();
            branches.entry(branch).or_default().push(row);
        }
        // Each branch uses the phrasings in its own order, so that a phrasing does not reveal the branch.
        let mut branches: Vec<Branch> = branches
            .into_values()
            .map(|mut rows| {
                let mut phrasings: Vec<usize> = (0..template.phrasings.len()).collect();
                shuffle(&mut rng, &mut rows);
                shuffle(&mut rng, &mut phrasings);
                Branch { rows, phrasings }
            })
            .collect();
        let mut drawn = Vec::new();
        while drawn.len() < count && branches.iter().any(|branch| !branch.rows.is_empty()) {
            for branch in &mut branches {
                if drawn.len() < count {
                    drawn.extend(self.draw_prompt(template, branch)?);
                }
            }
        }
        if drawn.len() < count {
            let reason = format!(
                "draws {found} rows, of which {} make different prompts in this world, but {count} are needed",
                drawn.len()
            );
            return Err(template.error(template.draw.line, reason).into());
        }
        shuffle(&mut rng, &mut drawn);
        let numbered = drawn.into_iter().zip(1..);
        let tasks =
            numbered.map(|((prompt, row), number)| self.task(template, number, prompt, row));
        Ok(tasks.collect::<Result<_, _>>()?)
    }

    /// Takes rows of a branch until one gives a new prompt.
    fn draw_prompt(
        &mut self,
        template: &Template,
        branch: &mut Branch,
    ) -> Result<Option<(String, Parameters)>, TemplateError> {
        while let Some(row) = branch.rows.pop() {
            branch.phrasings.rotate_left(1);
            let prompt = self.render_prompt(template, branch.phrasings[0], &row)?;
            if self.prompts.insert(prompt.clone()) {
                return Ok(Some((prompt, row)));
            }
        }
        Ok(None)
    }

    fn query(
        &self,
        template: &Template,
        sql: &SourceText,
        parameters: &Parameters,
    ) -> Result<Vec<Parameters>, TemplateError> {
        self.queries
            .query(&sql.text, parameters)
            .map_err(|error| template.error(sql.line + error.line, error.reason))
    }

    fn render_prompt(
        &self,
        template: &Template,
        index: usize,
        row: &Parameters,
    ) -> Result<String, TemplateError> {
        let phrasing = &template.phrasings[index];
        let mut parameters = self.queries.default_parameters().clone();
        parameters.extend(row.clone());
        phrasing::render(&self.environment, &phrasing.text, &parameters)
            .map_err(|(line, reason)| template.error(phrasing.line + line.unwrap_or(1) - 1, reason))
    }

    fn task(
        &self,
        template: &Template,
        number: usize,
        prompt: String,
        row: Parameters,
    ) -> Result<Task, TemplateError> {
        let mut outcomes = vec![ExpectedOutcome {
            why: None,
            groups: self.calls(template, &template.oracle, &row)?,
        }];
        for accept in &template.accept {
            let counts = match &accept.when {
                Some(when) => !self.query(template, when, &row)?.is_empty(),
                None => true,
            };
            if counts {
                outcomes.push(ExpectedOutcome {
                    why: Some(accept.why.clone()),
                    groups: self.calls(template, &accept.oracle, &row)?,
                });
            }
        }
        let forbid = template.forbid.iter().map(|forbid| ForbiddenState {
            why: forbid.why.clone(),
            sql: forbid.sql.text.clone(),
        });
        Ok(Task {
            id: format!("{}.{number:02}", template.id),
            template: template.id.clone(),
            domains: template.domains.clone(),
            prompt,
            answer: self.answer(template, &row)?,
            forbid: forbid.collect(),
            refers: template
                .refers
                .iter()
                .map(|(name, kind)| (name.clone(), json!(kind)))
                .collect(),
            tags: template.tags.clone(),
            difficulty: Difficulty {
                databases: template.domains.len(),
                writes: outcomes[0].calls().count(),
                reads: template.reads,
            },
            outcomes,
            parameters: row,
        })
    }

    /// The calls that steps yield, in groups; steps without rows leave no group.
    fn calls(
        &self,
        template: &Template,
        steps: &[OracleStep],
        row: &Parameters,
    ) -> Result<Vec<Vec<Call>>, TemplateError> {
        let mut groups: BTreeMap<u32, Vec<Call>> = BTreeMap::new();
        for step in steps {
            for arguments in self.query(template, &step.args, row)? {
                groups.entry(step.group).or_default().push(Call {
                    tool: step.tool.text.clone(),
                    arguments: Json::Object(arguments),
                });
            }
        }
        Ok(groups.into_values().collect())
    }

    fn answer(
        &self,
        template: &Template,
        row: &Parameters,
    ) -> Result<Option<ExpectedAnswer>, TemplateError> {
        let Some(answer) = &template.answer else {
            return Ok(None);
        };
        let column = |sql: &SourceText| -> Result<Vec<Json>, TemplateError> {
            let rows = self.query(template, sql, row)?;
            Ok(rows
                .into_iter()
                .filter_map(|row| row.into_iter().next())
                .map(|(_, value)| value)
                .collect())
        };
        let text = |value: &Json| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        let values = column(&answer.value)?;
        let only = || match values.as_slice() {
            [only] => Ok(only),
            _ => Err(template.error(
                answer.value.line,
                format!(
                    "the answer's SQL returns {} rows: exactly one is needed",
                    values.len()
                ),
            )),
        };
        Ok(Some(match &answer.kind {
            AnswerKind::Exact => ExpectedAnswer::Exact {
                value: text(only()?),
            },
            AnswerKind::Number(tolerance) => ExpectedAnswer::Number {
                value: only()?.as_f64().ok_or_else(|| {
                    template.error(
                        answer.value.line,
                        "the answer's SQL does not return a number",
                    )
                })?,
                tolerance: *tolerance,
            },
            AnswerKind::Names(among) => ExpectedAnswer::Names {
                values: values.iter().map(text).collect(),
                among: column(among)?.iter().map(text).collect(),
            },
        }))
    }
}

/// The remaining rows with one value of `branch`, and the order in which they use the phrasings.
struct Branch {
    rows: Vec<Parameters>,
    phrasings: Vec<usize>,
}

/// A separate seed for each template, so that a change to one template does not redraw the others.
fn template_seed(seed: u64, id: &str) -> u64 {
    let digest = Sha256::digest(format!("{seed}\n{id}"));
    u64::from_le_bytes(std::array::from_fn(|index| digest[index]))
}

fn below(rng: &mut ChaCha8Rng, count: usize) -> usize {
    let wide = u128::from(rng.next_u64()) * count as u128;
    (wide >> 64) as usize
}

fn shuffle<T>(rng: &mut ChaCha8Rng, items: &mut [T]) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(rng, last + 1));
    }
}
