//! What specs become in Rust: each test adds one small spec to the real ones and looks at the code it turns into.
//! That the code compiles and does what it says is tested where it is: `generated` runs every example of every spec.

use std::path::Path;

use codegen::ir::Ir;
use codegen::{Sources, emit, lower, parse};

fn ir(files: &[(&str, &str)]) -> Ir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sources = Sources::read(&root).expect("the specs of the workspace");
    for (path, text) in files {
        sources.insert(*path, *text);
    }
    let specs = parse(&sources).unwrap_or_else(|report| panic!("{report:?}"));
    lower::lower(&specs)
}

fn emitted(file: &str, files: &[(&str, &str)]) -> String {
    let emitted = emit::rust::emit(&ir(files));
    let bytes = &emitted[&format!("generated/src/{file}")];
    String::from_utf8(bytes.clone()).expect("Rust is UTF-8")
}

/// A chat protocol with this request body and reply.
fn chat(body: &str, reply: &str) -> String {
    let parameters = "{ temperature: { max: 1 }, max_tokens: , enable_thinking: , response_format:  }";
    let spec = format!(
        "id: odd_chat\nimplements: llm\nshape: chat\nparameters: {parameters}\n\
         request:\n  post: chat\n  body: {body}\nreply: {reply}\n\
         examples:\n  - {{ input: {{}}, sends: {{}}, receives: {{}}, yields: {{}} }}\n"
    );
    emitted("protocols/odd_chat.rs", &[("specs/protocols/odd/chat.yaml", &spec)])
}

#[track_caller]
fn holds(code: &str, wanted: &[&str]) {
    // Where lines end is the layout's business.
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let all = squeezed(code);
    for part in wanted {
        assert!(all.contains(&squeezed(part)), "no `{part}` in:\n{code}");
    }
}

const TEXT: &str = "{ text: $reply.a }";

#[test]
fn merge_carries_what_nothing_else_refers_to_in_the_order_listed() {
    let code = chat("{ $merge: $param, limit: $param.max_tokens, a: { $when: $param.enable_thinking, b: 1 } }", TEXT);
    holds(
        &code,
        &[r#"body.optional("temperature", param.temperature);
            body.optional("response_format", param.response_format.as_deref());
            body.optional("limit", param.max_tokens);
            if param.enable_thinking == Some(true) { body.object("a", |body| { body.member("b", &1); }); }"#],
    );
    assert!(!code.contains(r#"body.optional("max_tokens""#), "a consumed parameter is not merged:\n{code}");
}

#[test]
fn maps_are_total_over_closed_domains_only() {
    let mode = "{ $from: $credential.thinking, $map: { always: 1, disabled: 2, switchable: 3, unsupported: 4 } }";
    let some = "{ $from: $credential.thinking, $map: { always: a } }";
    let flag = r#"{ $from: $param.enable_thinking, $map: { "true": on-, "false": off- } }"#;
    let text = "{ $from: $param.response_format, $map: { text: plain }, $default: other }";
    let code = chat(&format!("{{ mode: {mode}, some: {some}, flag: {flag}, text: {text} }}"), TEXT);
    holds(
        &code,
        &[
            "let mode = match credential.thinking { llm::Thinking::Always => 1,",
            r#"let some = match credential.thinking { llm::Thinking::Always => Some("a"), _ => None, };"#,
            r#".enable_thinking.map(|value| match value { true => "on-", false => "off-", });"#,
            r#"body.member("mode", &mode);"#,
            r#"body.optional("some", some);"#,
            r#"body.member("text", text.unwrap_or("other"));"#,
        ],
    );
}

#[test]
fn a_default_may_be_any_json_whatever_it_stands_for() {
    let tools = "{ $from: $input.tools, $as: openai_tools, $default: [] }";
    let stop = "{ $from: $input.stop, $default: [a] }";
    let user = "{ $from: $call.user, $default: null }";
    let limit = "{ $from: $param.max_tokens, $default: auto }";
    let flag = r#"{ $from: $param.enable_thinking, $map: { "true": 1, "false": 0 }, $default: auto }"#;
    let alike = "{ $from: $param.temperature, $default: 1 }";
    let body =
        format!("{{ tools: {tools}, stop: {stop}, user: {user}, limit: {limit}, flag: {flag}, alike: {alike} }}");
    holds(
        &chat(&body, TEXT),
        &[
            r#"match tools { Some(value) => body.member("tools", &value), None => body.member("tools", &serde_json::json!([])), }"#,
            r#"match input.stop.as_deref() { Some(value) => body.member("stop", value), None => body.member("stop", &serde_json::json!(["a"])), }"#,
            r#"match call.caller.user { Some(value) => body.member("user", value), None => body.member("user", &serde_json::Value::Null), }"#,
            r#"match param.max_tokens { Some(value) => body.member("limit", &value), None => body.member("limit", "auto"), }"#,
            r#"match flag { Some(value) => body.member("flag", &value), None => body.member("flag", "auto"), }"#,
            r#"body.member("alike", &param.temperature.unwrap_or(1.0));"#,
        ],
    );
}

#[test]
fn in_a_header_values_tables_and_defaults_are_texts() {
    let spec = "id: odd_chat\nimplements: llm\nshape: chat\nparameters: { max_tokens: }\nrequest:\n  post: chat\n  headers:\n    \
        x-user: { $from: $call.user, $default: 0 }\n    x-limit: { $from: $param.max_tokens, $default: auto }\n    \
        x-thinking: { $from: $credential.thinking, $map: { always: 1, disabled: off- } }\n  body: { model: $model }\n\
        reply: { text: $reply.a }\nexamples: [{ input: {}, sends: {}, receives: {}, yields: {} }]\n";
    let code = emitted("protocols/odd_chat.rs", &[("specs/protocols/odd/chat.yaml", spec)]);
    holds(
        &code,
        &[
            r#"header_text(&call.caller.user.map_or_else(|| "0".to_owned(), |value| value.to_string()),)"#,
            r#"param.max_tokens.map_or_else(|| "auto".to_owned(), |value| value.to_string())"#,
            r#"llm::Thinking::Always => Some("1"), llm::Thinking::Disabled => Some("off-"),"#,
        ],
    );
}

#[test]
fn conditions_are_comparisons_of_typed_values() {
    let when = "{ $credential.thinking: [always, switchable], $input.tools: $absent, $param.response_format: text }";
    let code = chat(&format!("{{ a: {{ $when: {when}, $from: $call.user }} }}"), TEXT);
    holds(
        &code,
        &["if matches!(credential.thinking, llm::Thinking::Always | llm::Thinking::Switchable)
            && input.tools.is_none() && param.response_format.as_deref() == Some(\"text\")"],
    );
}

#[test]
fn what_is_compared_or_forced_is_of_the_type_of_its_value() {
    let fields = "{ heat: { type: number }, wait: { type: seconds, default: 1 } }";
    let spec = format!(
        "id: odd_chat\nimplements: llm\nshape: chat\nparameters: {{ response_format: }}\ncredentials: {fields}\n\
         request: {{ post: chat, body: {{ model: $model, \
         a: {{ $when: {{ $credential.heat: [0, 1] }}, b: 1 }}, c: {{ $when: {{ $credential.wait: [1, 2] }}, d: 1 }}, \
         e: {{ $when: {{ $param.response_format: 1 }}, f: 1 }} }} }}\n\
         reply: {TEXT}\nexamples: [{{ input: {{}}, sends: {{}}, receives: {{}}, yields: {{}} }}]\n"
    );
    let code = emitted("protocols/odd_chat.rs", &[("specs/protocols/odd/chat.yaml", &spec)]);
    holds(
        &code,
        &[
            "if matches!(own.heat, Some(0.0 | 1.0)) {",
            "if matches!(own.wait.as_secs(), 1 | 2) {",
            r#"if param.response_format.as_deref() == Some("1") {"#,
        ],
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let llm = Sources::read(&root).expect("the specs").text("specs/model_types/llm.yaml").map(str::to_owned);
    let fixed =
        "top_k: { fixed: [{ when: $credential.vision, value: -1 }, { when: $credential.audio, value: 5000000000 }] }";
    let llm = llm.expect("the model type").replace("  top_k: {}\n", &format!("  {fixed}\n"));
    let rules = emitted("rules/llm.rs", &[("specs/model_types/llm.yaml", &llm)]);
    holds(
        &rules,
        &[
            "if credential.vision { Some((-1).into()) } else if credential.audio { Some(5000000000i64.into()) } else { None }",
        ],
    );
}

#[test]
fn a_converter_runs_only_when_its_condition_holds() {
    let code = chat("{ a: { b: { $when: $credential.vision, $from: $input.messages, $as: prompt_text } } }", TEXT);
    holds(
        &code,
        &[
            "let b = if credential.vision { Some(convert::prompt_text(&input.messages)?) } else { None };",
            r#"body.object("a", |body| { body.optional("b", b); });"#,
        ],
    );
}

#[test]
fn what_a_converter_gives_can_be_merged() {
    let code =
        chat("{ $merge: { $from: $param.max_tokens, $as: { token_limit: { name: auto, model: $model } } } }", TEXT);
    holds(
        &code,
        &[
            r#"let token_limit = if let Some(value) = param.max_tokens { Some(convert::token_limit(value, "auto", &call.upstream_model)?) } else { None };"#,
            "for (name, value) in token_limit.into_iter().flatten() { body.member(name, &value); }",
        ],
    );
}

#[test]
fn headers_of_a_call_are_no_part_of_its_body() {
    let code = emitted("protocols/openai_completions.rs", &[]);
    holds(
        &code,
        &[
            "pub extra_headers: Vec<(String, Secret)>,",
            r#"extra_headers: parameters.headers("extra_headers"),"#,
            "draft.given.extend(param.extra_headers.iter().cloned());",
        ],
    );
    assert!(!code.contains(r#"body.optional("extra_headers""#), "in the body too:\n{code}");
}

#[test]
fn lists_are_written_element_by_element() {
    let code = chat("{ a: [$model, { b: $call.user }, { $each: $input.stop, $yield: $item }], c: [x, y] }", TEXT);
    holds(
        &code,
        &[
            r#"list.value(&call.upstream_model); list.object(|object| { object.optional("b", call.caller.user); });"#,
            "if let Some(items) = input.stop.as_deref() { for item in items { list.value(item); } }",
            r#"body.member("c", &["x", "y"]);"#,
        ],
    );
}

#[test]
fn reply_structs_follow_from_what_is_read() {
    let reply = "{ text: $reply.choices.0.a.b, reasoning: $reply.choices.0.c, usage: { input: $reply.u.i },
        tool_calls: { $each: [$reply.calls, $reply.one], id: $item.id, name: $item.f.n } }";
    let code = chat("{ model: $model }", reply);
    holds(
        &code,
        &[
            "struct ReplyChoices<'a> { #[serde(borrow)] a: Option<ReplyChoicesA<'a>>, #[serde(borrow)] c: Option<reply::Text<'a>>, }",
            "struct ReplyU { i: Option<reply::Count>, }",
            "calls: Option<reply::List<ReplyToolCallsItem<'a>>>, #[serde(borrow)] one: Option<reply::List<ReplyToolCallsItem<'a>>>,",
            "error: Option<reply::Presence>,",
            "let tool_calls = reply::first([reply.calls, reply.one]).into_iter()",
            "#[serde(default, deserialize_with = \"reply::object\")] u: Option<ReplyU>,",
            "let choice = reply.choices.and_then(|list| list.0.into_iter().next()).unwrap_or_default();",
            "usage: output::Usage { input: u.i.and_then(reply::Count::known), ..output::Usage::default() }.if_any(),",
        ],
    );
}

#[test]
fn what_is_tested_and_read_has_the_type_of_what_it_feeds() {
    let fails = "[{ $reply.u.i: 0 }, { $reply.code: [1, 2.5] }, { $reply.ok: [true, false] }, { $reply.b.0: true }]";
    let events = "[{ when: $event.r, emit: { reasoning: $event.r } }, \
                  { when: { $event.f: 1 }, emit: { finish: { $from: $event.f, $map: { \"1\": stop } } } }, \
                  { emit: { text: $event.t, usage: { input: $event.u.i } } }]";
    let spec = format!(
        "id: odd_chat\nimplements: llm\nshape: chat\nfails: {fails}\nrequest: {{ post: chat, body: {{ model: $model }} }}\n\
         stream: {{ frames: sse, events: {events} }}\n\
         examples: [{{ input: {{}}, sends: {{}}, streams: [{{}}], yields: {{}} }}]\n"
    );
    let code = emitted("protocols/odd_chat.rs", &[("specs/protocols/odd/chat.yaml", &spec)]);
    holds(
        &code,
        &[
            "i: Option<reply::Count>,",
            "code: Option<reply::Number>,",
            "#[serde(borrow)] r: Option<reply::Text<'a>>,",
            "u.i.as_ref().and_then(|count| i64::try_from(count.known()?).ok()).is_some_and(|count| [0].contains(&count))",
            "[1.0, 2.5].contains(&code.0)",
            "event.ok.as_ref().is_some_and(|ok| [true, false].contains(ok))",
            "event.b.as_ref().and_then(|list| list.0.get(0)).is_some_and(|b| [true].contains(b))",
            "if event.r.as_ref().is_some() {",
            r#"if event.f.as_ref().is_some_and(|f| f.0 == "1") {"#,
        ],
    );
}

#[test]
fn a_reply_is_never_an_error_where_the_spec_says_so() {
    let spec = |fails: &str| {
        format!(
            "id: odd_chat\nimplements: llm\nshape: chat\n{fails}request: {{ post: chat, body: {{ model: $model }} }}\n\
             reply: {TEXT}\nexamples: [{{ input: {{}}, sends: {{}}, receives: {{}}, yields: {{}} }}]\n"
        )
    };
    let usual = emitted("protocols/odd_chat.rs", &[("specs/protocols/odd/chat.yaml", &spec(""))]);
    holds(&usual, &["if reply.error.is_some_and(|error| error.0) { return Err(Undecoded::Refused); }"]);
    let never = emitted("protocols/odd_chat.rs", &[("specs/protocols/odd/chat.yaml", &spec("fails: []\n"))]);
    assert!(!never.contains("Undecoded::Refused") && !never.contains("Presence"), "{never}");
}

#[test]
fn the_first_rule_that_holds_wins_and_members_read_twice_are_kept() {
    let spec = "id: odd_chat\nimplements: llm\nshape: chat\nfails: [{ $reply.code: [1, 2], $reply.ok: false }]\n\
        request: { post: chat, body: { model: $model } }\nstream:\n  frames: sse\n  events:\n    \
        - { when: { $event.type: end }, emit: { finish: { $from: $event.why, $map: { done: stop } } } }\n    \
        - { emit: { text: $event.t, reasoning: $event.t } }\n\
        examples: [{ input: {}, sends: {}, streams: [{}], yields: {} }]\n";
    let code = emitted("protocols/odd_chat.rs", &[("specs/protocols/odd/chat.yaml", spec)]);
    holds(
        &code,
        &[
            "[1, 2].contains(&code.0)) && event.ok == Some(false)",
            r#"if event.r#type.as_ref().is_some_and(|r#type| r#type.0 == "end") { return Ok(output::Chat { finish:"#,
            r#""done" => Some(Cow::Borrowed("stop")), _ => None,"#,
            "text: event.t.clone().map(|text| text.0), reasoning: event.t.clone().map(|text| text.0),",
        ],
    );
}

#[test]
fn parameters_are_layered_key_by_key() {
    let code = chat("{ $merge: $param }", TEXT);
    holds(
        &code,
        &[
            "Parameter { max: Some(Bound::Is(1.0)), ..rules::llm::TEMPERATURE },",
            "rules::llm::MAX_TOKENS, rules::llm::ENABLE_THINKING, rules::llm::RESPONSE_FORMAT, ];",
        ],
    );
    let rules = emitted("rules/llm.rs", &[]);
    holds(
        &rules,
        &[
            r#"default: Some(parameters::Default::Number(0.7)), min: Some(Bound::Is(0.0)), max: Some(Bound::Is(2.0)),"#,
            "max: Some(Bound::Of(|credential| credential.max_tokens as f64)),",
            "when: |credential| { credential.thinking == llm::Thinking::Switchable && matches!(",
        ],
    );
}

#[test]
fn a_plugin_that_overrides_a_parameter_has_a_table_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let plugin = Sources::read(&root).expect("the specs").text("specs/plugins/ai-gateway.yaml").map(str::to_owned);
    let plugin = plugin.expect("the plugin") + "parameters: { top_p: { default: 0.5 } }\n";
    let code = emitted("plugins/ai_gateway.rs", &[("specs/plugins/ai-gateway.yaml", &plugin)]);
    holds(
        &code,
        &[
            "static LLM_OPENAI_CHAT_PARAMETERS: &[Parameter<llm::Credential>]",
            "parameters: LLM_OPENAI_CHAT_PARAMETERS, protocol: PhantomData",
            "Parameter { default: Some(parameters::Default::Number(0.5)), ..rules::llm::TOP_P },",
        ],
    );
}

#[test]
fn a_protocols_own_fields_are_read_beside_those_of_its_type() {
    let fields = "{ tier: { options: [a, b], default: a }, mood: { options: [a, b] }, note: { type: string } }";
    let spec = format!(
        "id: odd_chat\nimplements: llm\nshape: chat\ncredentials: {fields}\nrequest: {{ post: chat, body: {{ \
         tier: $credential.tier, note: {{ $when: {{ $credential.mood: b, $credential.vision: true }}, $from: $credential.note }} }} }}\n\
         reply: {TEXT}\nexamples: [{{ input: {{}}, credentials: {{ tier: b, vision: true }}, sends: {{}}, receives: {{}}, yields: {{}} }}]\n"
    );
    let code = emitted("protocols/odd_chat.rs", &[("specs/protocols/odd/chat.yaml", &spec)]);
    holds(
        &code,
        &[
            "pub tier: &'static str,",
            "pub mood: Option<Mood>,",
            r#"tier: stored.choice("odd_chat.tier")?.unwrap_or("a"),"#,
            r#"mood: stored.choice("odd_chat.mood")?.and_then(Mood::named),"#,
            "let own = Own::read(call.stored)?;",
            r#"body.member("tier", own.tier);"#,
            "if own.mood == Some(Mood::B) && credential.vision {",
            r#"body.optional("note", own.note.as_deref());"#,
            r#".fields(llm::FIELDS).fields(FIELDS).credential("odd_chat.tier", "b").credential("llm.vision", "true")"#,
        ],
    );
}

#[test]
fn a_field_that_some_plugin_does_not_require_may_be_absent() {
    let code = emitted("auth/api_key.rs", &[]);
    holds(&code, &["pub key: Option<Secret>,", r#"key: stored.secret("api_key.key")?,"#]);
    let code = emitted("auth/jwt.rs", &[]);
    holds(&code, &[r#"key: stored.required("jwt.key", Stored::signing_key)?,"#]);
}

#[test]
fn one_variable_of_a_plugin_is_bound_to_each_field_sorted_by_id() {
    let ir = ir(&[]);
    let fields = &ir.plugins[0].fields;
    assert!(fields.windows(2).all(|pair| pair[0].id < pair[1].id), "the runtime searches by id");
    let variable = |id: &str| fields.iter().find(|field| field.id == id).map(|field| field.variable.as_str());
    assert_eq!(variable("connection.endpoint"), Some("endpoint_url"));
    assert_eq!(variable("hmac.access_key"), Some("hmac_access_key"));
    assert_eq!(variable("llm.price_unit"), Some("unit"));
}

#[test]
fn names_that_would_meet_in_rust_are_kept_apart() {
    let code = chat(
        "{ a-b: { $from: $input.tools, $as: openai_tools }, a_b: { $from: $input.tools, $as: openai_functions } }",
        "{ text: $reply.a_b.c, reasoning: $reply.a.b.c }",
    );
    holds(&code, &[r#"body.optional("a-b", a_b);"#, r#"body.optional("a_b", a_b_2);"#]);
    holds(&code, &["struct ReplyAB<'a>", "struct ReplyAB2<'a>"]);
}

#[test]
fn a_condition_beside_each_is_that_of_each_element() {
    let code = chat("{ stop: { $each: $input.stop, $when: $input.stream, $yield: $item }, big: 5000000000 }", TEXT);
    holds(
        &code,
        &["for item in items { if input.stream { list.value(item); } }", r#"body.member("big", &5000000000i64);"#],
    );
    assert_eq!(code.matches("if input.stream").count(), 1, "{code}");
}

const SIGNING: &str =
    "id: odd\nlabel: Odd\ncredentials: { key: { type: secret, required: true, label: Key }, note: { label: Note } }\n";

#[test]
fn signed_headers_are_as_many_lines_as_are_sent() {
    let odd = |lines: &str, attach: &str| {
        let spec = format!(
            "{SIGNING}sign: {{ mac: hmac_sha256, secret: $credential.key, headers: {{ date: $now.http_date }}, \
             signed: [date, digest], lines: [{lines}] }}\nattach: [{attach}]\n"
        );
        emitted("auth/odd.rs", &[("specs/auth/odd.yaml", &spec)])
    };
    let header = "{ header: { name: x-proof, value: $signature } }, { header: { name: x-signed, value: $signed } }";
    let code = odd("$request.method, { each_signed: colon }, a, $request.path", header);
    holds(
        &code,
        &[
            "let mut lines = Vec::from([request.method.to_owned()]);",
            r#"lines.extend(each_signed(request, SIGNED, ":"));"#,
            r#"lines.extend(["a".to_owned(), request.url.path().to_owned()]);"#,
            r#"request.set_header("x-signed", signed_names(request, SIGNED))?;"#,
        ],
    );
    let code = odd("{ each_signed: colon_space }, { words: [$request.method, b] }", header);
    holds(
        &code,
        &[
            r#"let mut lines = each_signed(request, SIGNED, ": ");"#,
            r#"lines.push([request.method.to_owned(), "b".to_owned()].join(" "));"#,
        ],
    );
    holds(&odd("{ each_signed: colon }", header), &[r#"let lines = each_signed(request, SIGNED, ":");"#]);
    let fields = "{ header: { name: authorization, scheme: Odd, fields: { a-b: $request.path, a_b: '{x}', note: $credential.note, \
                  mac: $now.unix, signature: $signature } } }";
    let code = odd("$request.method", fields);
    holds(
        &code,
        &[
            "let lines = [request.method.to_owned()];",
            "if let Some(note) = &self.note {",
            "let a_b = request.url.path().to_owned();",
            "let own_mac = moment.unix();",
            r##"format!(r#"Odd a-b="{a_b}",a_b="{{x}}",note="{note}",mac="{own_mac}",signature="{signature}""#)"##,
        ],
    );
}

#[test]
fn a_place_that_is_read_as_an_integer_and_as_a_count_is_an_integer() {
    let code = chat("{}", "{ tool_calls: [{ slot: $reply.n, name: $reply.m }], usage: { input: $reply.n } }");
    holds(&code, &["n: Option<reply::Integer>", "reply.n.map(reply::Count::from).and_then(reply::Count::known)"]);
}

#[test]
fn what_is_tested_after_it_was_taken_out_is_kept() {
    let code = chat("{}", "{ text: $reply.t, finish: { $when: { $reply.t: $present }, $from: $reply.f } }");
    holds(&code, &["reply.t.clone().map(|text| text.0)", "if reply.t.is_some()"]);
    let usage = "{ $when: { $reply.u: $present }, $from: $reply.f }";
    let code = chat("{}", &format!("{{ finish: {usage}, usage: {{ input: $reply.u.i }} }}"));
    holds(&code, &["let u = reply.u.clone().unwrap_or_default()", "if reply.u.is_some()"]);
}

#[test]
fn the_condition_of_an_element_may_be_a_comparison() {
    let code = chat("{}", "{ images: { $each: $reply.a, $when: { $item.b.c: true }, $yield: $item.d } }");
    holds(&code, &["(b.c == Some(true)).then(||"]);
}

#[test]
fn a_text_that_is_always_there_may_be_a_conditional_argument() {
    let schema = "{ $when: { $credential.thinking: always }, $from: $credential.stream_delimiter }";
    let messages = format!("{{ $from: $input.messages, $as: {{ openai_messages: {{ schema: {schema} }} }} }}");
    holds(&chat(&format!("{{ messages: {messages} }}"), TEXT), &["Some(&*credential.stream_delimiter)"]);
}

#[test]
fn a_signature_may_be_attached_twice_and_facts_of_a_request_leave_it_free_to_change() {
    let spec = format!(
        "{SIGNING}sign: {{ mac: hmac_sha256, secret: $credential.key, headers: {{ date: $now.http_date }}, signed: [date],\
         lines: [$request.method] }}\nattach:\n  - header: {{ name: x-proof, value: $signature }}\n  \
         - header: {{ name: x-again, value: $signature }}\n  \
         - header: {{ name: x-when, value: {{ $from: [$request.header.date, $request.header.accept] }} }}\n"
    );
    let code = emitted("auth/odd.rs", &[("specs/auth/odd.yaml", &spec)]);
    holds(
        &code,
        &[
            r#"request.set_header("x-proof", &signature)?;"#,
            r#"request.set_header("x-again", &signature)?;"#,
            r#"request.header("date").or(request.header("accept")).map(str::to_owned)"#,
        ],
    );
}
