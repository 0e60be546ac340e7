//! What is measured: a name, and how to start it.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::gateway::Gateway;

/// A plugin, or what takes its place.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// For the head of a column.
    pub name: String,
    /// The working directory.
    pub directory: PathBuf,
    /// Program and arguments.
    pub command: Vec<String>,
}

impl Candidate {
    /// The candidates of a command line: `NAME DIRECTORY PROGRAM ARGUMENT ...`, separated by `--`.
    pub fn of(arguments: &[String]) -> Option<Vec<Self>> {
        arguments
            .split(|argument| argument == "--")
            .map(|words| match words {
                [name, directory, command @ ..] if !command.is_empty() => {
                    Some(Candidate { name: name.clone(), directory: directory.into(), command: command.to_vec() })
                }
                _ => None,
            })
            .collect()
    }

    /// The relay, which lies beside this executable.
    ///
    /// # Errors
    /// If this executable does not know where it is.
    pub fn relay(gateway: &Gateway) -> std::io::Result<Self> {
        let relay = std::env::current_exe()?.with_file_name("relay");
        let command = vec![relay.to_string_lossy().into_owned(), gateway.address.to_string()];
        Ok(Candidate { name: "relay".to_owned(), directory: ".".into(), command })
    }

    /// `python -m main` that writes a heartbeat and nothing else, if `LOAD_INTERPRETER` and `LOAD_EMPTY` name the
    /// interpreter and the directory.
    pub fn python_alone() -> Option<Self> {
        let python = std::env::var("LOAD_INTERPRETER").ok()?;
        let command = [&python, "-m", "main"].map(str::to_owned).into();
        Some(Candidate { name: "python".to_owned(), directory: std::env::var_os("LOAD_EMPTY")?.into(), command })
    }

    /// How to start it.
    pub fn command(&self) -> Command {
        let mut words = self.command.iter();
        let mut command = Command::new(words.next().map_or("", String::as_str));
        command.args(words).current_dir(&self.directory).env("INSTALL_METHOD", "local");
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "LOG_LEVEL"] {
            command.env_remove(name);
        }
        command
    }
}

/// A chat request as the daemon writes it, with its line feed. It has what the forms of all candidates store.
pub fn chat(session: &str, gateway: &Gateway, model: &str) -> String {
    let credentials = json!({
        "endpoint_url": gateway.url(), "auth_method": "api_key", "api_key": "sk-consumer-7f3a9c51d2", "mode": "chat",
        "context_size": "4096", "max_tokens_to_sample": "4096", "agent_though_support": "not_supported",
        "function_calling_type": "no_call", "stream_function_calling": "not_supported",
        "vision_support": "no_support", "structured_output_support": "not_supported", "stream_mode_delimiter": "\\n\\n",
    });
    let message = json!({"role": "user", "content": "Hello", "name": ""});
    let data: Value = json!({
        "action": "invoke_llm", "credentials": credentials, "model": model, "model_parameters": {},
        "model_type": "llm", "prompt_messages": [message], "provider": "ai-gateway", "stop": [], "stream": true,
        "tools": [], "type": "model", "user_id": "user-1",
    });
    format!(
        "{{\"session_id\":\"{session}\",\"conversation_id\":null,\"message_id\":null,\"app_id\":null,\
         \"endpoint_id\":null,\"context\":{{}},\"event\":\"request\",\"data\":{data}}}\n"
    )
}
