//! A log for Inspect (inspect.aisi.org.uk): a zip of `header.json`, a file per sample and `summaries.json`, in version 2 of its format.

use std::io::{Cursor, Write};

use anyhow::Result;
use serde_json::{Map, Value as Json, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::conversation::conversation;
use breakroom_model::chat::{Message, ToolArguments};
use breakroom_record::folder::RunFolder;
use breakroom_record::record::{EndingKind, EpisodeRecord, UsageRecord};
use breakroom_record::settings::RunSettings;
use breakroom_record::trace::TraceEvent;

/// The version of Inspect's log format.
const VERSION: u32 = 2;

/// The name of the score that holds the verdict.
const SCORER: &str = "verdict";

pub(super) fn write(folder: &RunFolder) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // The archive has no timestamps, so the same run gives the same bytes.
    let options = SimpleFileOptions::DEFAULT.compression_method(CompressionMethod::Deflated);
    let mut put = |name: &str, content: &Json| -> Result<()> {
        zip.start_file(name, options)?;
        Ok(zip.write_all(content.to_string().as_bytes())?)
    };
    put("header.json", &header(folder))?;
    let mut summaries = Vec::with_capacity(folder.episodes.len());
    for record in &folder.episodes {
        let sample = sample(folder, record)?;
        let name = format!("samples/{}_epoch_{}.json", record.task, record.trial);
        put(&name, &sample)?;
        summaries.push(summary(record, sample));
    }
    put("summaries.json", &json!(summaries))?;
    Ok(zip.finish()?.into_inner())
}

/// The model's name for Inspect. For agents without a model, it is the agent's name.
fn model(settings: &RunSettings) -> String {
    let name = settings.model.as_ref().unwrap_or(&settings.agent);
    format!("breakroom/{name}")
}

fn header(folder: &RunFolder) -> Json {
    let (run, episodes) = (&folder.run, &folder.episodes);
    let settings = &run.settings;
    let mut ids: Vec<&str> = episodes.iter().map(|record| record.task.as_str()).collect();
    ids.dedup();
    let total = episodes
        .iter()
        .fold(UsageRecord::default(), |sum, record| UsageRecord {
            input: sum.input + record.usage.input,
            cached: sum.cached + record.usage.cached,
            output: sum.output + record.usage.output,
        });
    let identity = run.hashes.suite.get(..16).unwrap_or_default();
    json!({
        "version": VERSION,
        // An unfinished run counts as cancelled.
        "status": if run.ended.is_some() { "success" } else { "cancelled" },
        "eval": {
            "eval_id": format!("{identity}-{}", run.started),
            "run_id": format!("{identity}-{}", run.started),
            "created": instant(&run.started),
            "task": settings.suite,
            "task_id": identity,
            "task_version": 0,
            "task_args": settings,
            "solver": settings.agent,
            "dataset": { "name": settings.suite, "samples": ids.len(), "sample_ids": ids, "shuffled": false },
            "model": model(settings),
            "model_base_url": settings.base_url,
            "model_generate_config": {
                "temperature": settings.temperature, "max_tokens": settings.max_tokens, "seed": settings.seed,
            },
            "config": {
                "epochs": settings.trials, "time_limit": settings.timeout, "fail_on_error": false,
            },
            "packages": { "breakroom": run.breakroom },
            "metadata": { "hashes": run.hashes },
            "scorers": [{ "name": SCORER, "metrics": [{ "name": "accuracy" }, { "name": "stderr" }] }],
        },
        "plan": { "name": "plan", "steps": [{ "solver": settings.agent, "params": {} }] },
        "results": results(folder),
        "stats": {
            "started_at": instant(&run.started),
            "completed_at": run.ended.as_deref().map(instant).unwrap_or_default(),
            "model_usage": { model(settings): usage(total) },
        },
    })
}

/// A time as Inspect writes it.
fn instant(moment: &str) -> String {
    moment.replace('Z', "+00:00")
}

fn results(folder: &RunFolder) -> Json {
    let episodes = &folder.episodes;
    let judged = episodes.iter().filter(|it| it.outcome.is_judged());
    let judged = judged.count();
    let right = episodes.iter().filter(|it| it.outcome.is_correct());
    let mean = right.count() as f64 / judged.max(1) as f64;
    // Inspect's standard error treats episodes as independent; `breakroom stats` clusters them by template.
    let error = (mean * (1.0 - mean) / judged.saturating_sub(1).max(1) as f64).sqrt();
    json!({
        "total_samples": folder.run.episodes,
        "completed_samples": judged,
        "scores": [{
            "name": SCORER,
            "scorer": SCORER,
            "scored_samples": judged,
            "unscored_samples": episodes.len() - judged,
            "metrics": {
                "accuracy": { "name": "accuracy", "value": mean },
                "stderr": { "name": "stderr", "value": error },
            },
        }],
    })
}

fn sample(folder: &RunFolder, record: &EpisodeRecord) -> Result<Json> {
    let settings = &folder.run.settings;
    let trace = folder.trace(record)?;
    let prompt = match trace.first() {
        Some(TraceEvent::Episode { prompt, .. }) => prompt.clone(),
        _ => String::new(),
    };
    let messages = conversation(&trace, &record.ending);
    let messages: Vec<Json> = messages
        .iter()
        .flat_map(|message| chat_messages(message, settings))
        .collect();
    let last = messages
        .iter()
        .rev()
        .find(|message| message["role"] == "assistant");
    let output = last.map_or_else(
        || json!({ "model": model(settings), "choices": [] }),
        |message| {
            json!({
                "model": model(settings),
                "choices": [{ "message": message, "stop_reason": "stop" }],
                "completion": message["content"],
                "usage": usage(record.usage),
            })
        },
    );
    let fault = !record.outcome.is_judged();
    let mut sample = json!({
        "id": record.task,
        "epoch": record.trial,
        "input": prompt,
        "target": target(record),
        "messages": messages,
        "output": output,
        "scores": if fault { json!({}) } else { json!({ SCORER: score(record) }) },
        "metadata": metadata(record),
        "model_usage": { model(settings): usage(record.usage) },
        "total_time": record.timings.total_ms / 1e3,
        "working_time": record.timings.total_ms / 1e3,
        "uuid": format!("{}-{}", record.task, record.trial),
    });
    if fault {
        let text = record.ending.text.clone().unwrap_or_default();
        sample["error"] = json!({ "message": text, "traceback": "", "traceback_ansi": "" });
    }
    if let Some((kind, limit)) = limit(record.ending.kind, settings) {
        sample["limit"] = json!({ "type": kind, "limit": limit });
    }
    Ok(sample)
}

fn limit(ending: EndingKind, settings: &RunSettings) -> Option<(&'static str, u64)> {
    match ending {
        EndingKind::StepLimit => Some(("turn", settings.max_steps as u64)),
        EndingKind::TimeLimit => Some(("time", settings.timeout)),
        EndingKind::ContextLimit => Some(("context", settings.max_context.unwrap_or_default())),
        _ => None,
    }
}

/// A run's folder does not contain the expected changes, only their number.
fn target(record: &EpisodeRecord) -> String {
    let answer = record.verdict.answer.as_ref();
    answer.map_or_else(
        || match record.verdict.expected {
            0 => "no change".to_owned(),
            1 => "one change".to_owned(),
            more => format!("{more} changes"),
        },
        |answer| answer.expected.clone(),
    )
}

fn score(record: &EpisodeRecord) -> Json {
    let right = record.outcome.is_correct();
    let mut explanation = record.verdict.to_string();
    for mark in &record.marks {
        explanation.push_str(&format!("\n{}: {}", mark.class.words(), mark.why));
    }
    json!({
        "value": if right { "C" } else { "I" },
        "answer": record.ending.text,
        "explanation": explanation,
        "metadata": { "outcome": record.outcome, "class": record.class },
    })
}

fn metadata(record: &EpisodeRecord) -> Json {
    json!({
        "template": record.template,
        "domain": record.domain(),
        "outcome": record.outcome,
        "class": record.class,
        "ending": record.ending.kind,
        "steps": record.steps,
        "calls": record.calls,
        "refused": record.refused,
        "cost": record.cost,
    })
}

fn usage(usage: UsageRecord) -> Json {
    json!({
        "input_tokens": usage.input,
        "output_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "input_tokens_cache_read": usage.cached,
    })
}

/// A message as Inspect's messages. Each result becomes a message of its own.
fn chat_messages(message: &Message, settings: &RunSettings) -> Vec<Json> {
    match message {
        Message::System { text } => vec![json!({ "role": "system", "content": text })],
        Message::User { text } => {
            vec![json!({ "role": "user", "content": text, "source": "input" })]
        }
        Message::Assistant { text, calls } => {
            let mut said = json!({
                "role": "assistant", "content": text, "source": "generate", "model": model(settings),
            });
            if !calls.is_empty() {
                let calls = calls.iter().map(|call| {
                    let (arguments, error) = match &call.arguments {
                        ToolArguments::Object(object) => (object.clone(), None),
                        ToolArguments::Malformed(text) => {
                            (Map::new(), Some(format!("not a JSON object: {text}")))
                        }
                    };
                    json!({
                        "id": call.id, "function": call.name, "arguments": arguments,
                        "parse_error": error, "type": "function",
                    })
                });
                said["tool_calls"] = calls.collect();
            }
            vec![said]
        }
        Message::Results { results } => results
            .iter()
            .map(|result| {
                let mut told = json!({
                    "role": "tool", "content": result.text, "tool_call_id": result.id,
                });
                if result.refused {
                    told["error"] = json!({ "type": "unknown", "message": result.text });
                }
                told
            })
            .collect(),
    }
}

/// The summary of a sample, without its messages.
fn summary(record: &EpisodeRecord, mut sample: Json) -> Json {
    let messages = sample["messages"].as_array().map_or(0, Vec::len);
    let error = sample["error"]["message"].as_str().map(str::to_owned);
    let limit = sample["limit"]["type"].as_str().map(str::to_owned);
    let mut summary = json!({});
    for field in [
        "id",
        "epoch",
        "input",
        "target",
        "metadata",
        "scores",
        "model_usage",
        "total_time",
        "working_time",
        "uuid",
    ] {
        summary[field] = sample[field].take();
    }
    summary["completed"] = json!(true);
    summary["message_count"] = json!(messages);
    summary["turn_count"] = json!(record.steps);
    if let Some(error) = error {
        summary["error"] = json!(error);
    }
    if let Some(limit) = limit {
        summary["limit"] = json!(limit);
    }
    summary
}
