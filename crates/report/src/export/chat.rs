//! Conversations as chat completions, one per line: `messages`, `tools` if there were any for native calls, and `metadata`.

use anyhow::Result;
use breakroom_tools::native;
use serde_json::{Value as Json, json};

use super::conversation::conversation;
use breakroom_model::chat::ToolSpec;
use breakroom_model::completions::{to_messages, to_tool};
use breakroom_record::folder::RunFolder;
use breakroom_record::trace::TraceEvent;

pub(super) fn write(folder: &RunFolder) -> Result<Vec<u8>> {
    let mut text = String::new();
    for record in &folder.episodes {
        let trace = folder.trace(record)?;
        let messages = conversation(&trace, &record.ending);
        let messages: Vec<Json> = messages.iter().flat_map(to_messages).collect();
        let mut line = json!({ "messages": messages });
        let tools = tools(&trace);
        if !tools.is_empty() {
            line["tools"] = json!(tools);
        }
        line["metadata"] = json!({
            "suite": folder.run.settings.suite,
            "task": record.task,
            "trial": record.trial,
            "agent": folder.run.settings.agent,
            "model": folder.run.settings.model,
            "outcome": record.outcome,
            "class": record.class,
            "ending": record.ending.kind,
        });
        text.push_str(&format!("{line}\n"));
    }
    Ok(text.into_bytes())
}

/// The tools that an episode could call natively, as far as the current catalog has them.
fn tools(trace: &[TraceEvent]) -> Vec<Json> {
    let names = trace.iter().find_map(|line| match line {
        TraceEvent::Began { tools, .. } => Some(tools.as_slice()),
        _ => None,
    });
    let known = names.unwrap_or_default().iter();
    let known = known.filter_map(|name| native::find(name).ok());
    known
        .map(|tool| {
            to_tool(&ToolSpec {
                name: tool.name.clone(),
                description: tool.description.clone(),
                schema: tool.schema.clone(),
            })
        })
        .collect()
}
