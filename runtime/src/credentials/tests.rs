use std::time::Duration;

use serde_json::{Value, json};

use super::*;

const fn field(id: &'static str, kind: FieldType) -> Field {
    Field { id, variable: id, label: Text::all("The label"), kind, ..Field::DEFAULTS }
}

static FIELDS: &[Field] = &[
    Field { variable: "though", aliases: &["thought"], ..field("a.alias", FieldType::String) },
    Field {
        default: Some("none"),
        ..field("a.choice", FieldType::Choice(&[("tools", "tool_call"), ("none", "no_call")]))
    },
    Field { default: Some("\\n\\n"), ..field("a.escaped", FieldType::Escaped) },
    Field { default: Some("true"), ..field("a.flag", FieldType::Flag { enabled: "use", disabled: "not_use" }) },
    field("a.header", FieldType::HeaderName),
    field("a.headers", FieldType::Headers),
    Field { default: Some("7"), min: Some(1.0), max: Some(10.0), ..field("a.integer", FieldType::Integer) },
    field("a.key", FieldType::SigningKey),
    field("a.map", FieldType::Map),
    field("a.off", FieldType::Flag { enabled: "use", disabled: "not_use" }),
    Field { default: Some("Bearer"), empty_word: Some("none"), ..field("a.prefix", FieldType::String) },
    field("a.price", FieldType::Decimal),
    Field { required: true, ..field("a.required", FieldType::String) },
    field("a.seconds", FieldType::Seconds),
    field("a.secret", FieldType::Secret),
    field("connection.advanced", FieldType::Map),
];

fn with<T>(values: Value, lenient: bool, read: impl FnOnce(&Stored<'_>) -> T) -> T {
    let Value::Object(values) = values else { panic!("an object") };
    read(&Stored::new(FIELDS, &values, lenient).unwrap())
}

fn strict<T>(values: Value, read: impl FnOnce(&Stored<'_>) -> T) -> T {
    with(values, false, read)
}

#[test]
fn numbers_are_text_with_blanks_around_them() {
    for (stored, read) in [(json!(" 4 "), 4), (json!("4.0"), 4), (json!(4), 4), (json!(""), 7), (json!(null), 7)] {
        assert_eq!(strict(json!({"a.integer": stored}), |s| s.integer("a.integer")), Ok(Some(read)));
    }
    for (stored, says) in [
        ("x", "The label: `x` is not a whole number"),
        ("1.5", "whole"),
        ("0", "less than 1"),
        ("11", "more than 10"),
        ("1e999", "whole"),
    ] {
        let error = strict(json!({"a.integer": stored}), |s| s.integer("a.integer")).unwrap_err();
        assert!(error.message().contains(says), "{stored}: {error}");
        assert_eq!(with(json!({"a.integer": stored}), true, |s| s.integer("a.integer")), Ok(Some(7)), "{stored}");
    }
    assert_eq!(strict(json!({"a.seconds": "0.5"}), |s| s.seconds("a.seconds")), Ok(Some(Duration::from_millis(500))));
    assert!(strict(json!({"a.seconds": "-1"}), |s| s.seconds("a.seconds")).is_err());
    assert!(strict(json!({"a.seconds": "1e300"}), |s| s.seconds("a.seconds")).is_err());
    assert_eq!(strict(json!({"a.price": "0.0020"}), |s| s.decimal("a.price")), Ok(Some("0.0020".into())));
    assert!(strict(json!({"a.price": "inf"}), |s| s.decimal("a.price")).is_err());
}

#[test]
fn old_rows_are_read_by_their_old_names() {
    assert_eq!(strict(json!({"thought": "old"}), |s| s.text("a.alias")), Ok(Some("old".into())));
    assert_eq!(strict(json!({"though": " ", "thought": "old"}), |s| s.text("a.alias")), Ok(Some("old".into())));
    assert_eq!(strict(json!({"though": "new", "thought": "old"}), |s| s.text("a.alias")), Ok(Some("new".into())));
}

#[test]
fn the_word_for_empty_is_not_the_default() {
    assert_eq!(strict(json!({}), |s| s.text("a.prefix")), Ok(Some("Bearer".into())));
    assert_eq!(strict(json!({"a.prefix": "none"}), |s| s.text("a.prefix")), Ok(Some(String::new())));
}

#[test]
fn what_is_required_is_named_by_its_label() {
    let error = strict(json!({"a.required": "  "}), |s| s.text("a.required")).unwrap_err();
    assert_eq!((error.kind(), error.message()), (crate::error::Kind::Credential, "The label: is required"));
    assert_eq!(with(json!({}), true, |s| s.text("a.required")), Ok(None));
    assert!(strict(json!({}), |s| s.required("a.secret", Stored::secret)).is_err());
}

#[test]
fn only_the_enabled_word_is_yes() {
    for (stored, read) in [(json!("use"), true), (json!("not_use"), false), (json!("yes"), false), (json!(true), true)]
    {
        assert_eq!(strict(json!({"a.flag": stored}), |s| s.flag("a.flag")), Ok(read), "{stored}");
    }
    assert_eq!(strict(json!({}), |s| (s.flag("a.flag"), s.flag("a.off"))), (Ok(true), Ok(false)));
}

#[test]
fn choices_are_stored_words() {
    assert_eq!(strict(json!({"a.choice": "tool_call"}), |s| s.choice("a.choice")), Ok(Some("tools")));
    assert_eq!(strict(json!({}), |s| s.choice("a.choice")), Ok(Some("none")));
    let error = strict(json!({"a.choice": "old_word"}), |s| s.choice("a.choice")).unwrap_err();
    assert!(error.message().contains("tool_call, no_call"), "{error}");
    assert_eq!(with(json!({"a.choice": "old_word"}), true, |s| s.choice("a.choice")), Ok(Some("none")));
}

#[test]
fn settings_without_a_field_come_from_advanced_and_the_field_wins() {
    let advanced = r#"{"a.integer": 3, "a.choice": "tools", "a.headers": {"X-A": "b"}}"#;
    assert_eq!(strict(json!({"connection.advanced": advanced}), |s| s.integer("a.integer")), Ok(Some(3)));
    assert_eq!(strict(json!({"connection.advanced": advanced}), |s| s.choice("a.choice")), Ok(Some("tools")));
    assert_eq!(
        strict(json!({"connection.advanced": advanced}), |s| s.headers("a.headers")),
        Ok(vec![("x-a".into(), Secret::new("b"))])
    );
    assert_eq!(
        strict(json!({"connection.advanced": advanced, "a.integer": "5"}), |s| s.integer("a.integer")),
        Ok(Some(5))
    );
    for bad in ["[]", "x", r#"{"a.unknown": 1}"#, r#"{"connection.advanced": {}}"#] {
        let Value::Object(values) = json!({"connection.advanced": bad}) else { unreachable!() };
        assert!(Stored::new(FIELDS, &values, false).is_err(), "{bad}");
        assert!(Stored::new(FIELDS, &values, true).is_ok(), "{bad}");
    }
}

#[test]
fn headers_that_would_break_the_request_are_refused() {
    for bad in [
        r#"{"Host":"x"}"#,
        r#"{"authorization":"x"}"#,
        r#"{"X-Ca-Key":"x"}"#,
        r#"{"Content-Length":"1"}"#,
        r#"{"a b":"x"}"#,
        r#"{"a":"x\r\ny: z"}"#,
        r#"{"a":{}}"#,
        "[]",
        "x",
    ] {
        let error = strict(json!({"a.headers": bad}), |s| s.headers("a.headers")).unwrap_err();
        assert!(error.message().starts_with("The label"), "{bad}: {error}");
    }
    assert!(strict(json!({"a.header": "a\nb"}), |s| s.header_name("a.header")).is_err());
    assert_eq!(strict(json!({"a.header": " X-Key "}), |s| s.header_name("a.header")), Ok(Some("X-Key".into())));
}

#[test]
fn escapes_are_decoded_and_blanks_kept() {
    for (stored, read) in
        [(r"\n\n", "\n\n"), (r"\r\n", "\r\n"), (" ", " "), (r"\\n", r"\n"), (r"\u0041|\x", "A|\\x"), ("\n", "\n")]
    {
        assert_eq!(strict(json!({"a.escaped": stored}), |s| s.escaped("a.escaped")), Ok(Some(read.into())), "{stored}");
    }
    assert_eq!(strict(json!({}), |s| s.escaped("a.escaped")), Ok(Some("\n\n".into())));
    assert!(strict(json!({"a.escaped": r"\u00"}), |s| s.escaped("a.escaped")).is_err());
}

#[test]
fn text_that_no_header_could_carry_names_its_label() {
    let error = strict(json!({"a.secret": "sk-1\r\nx-evil: 1"}), |s| s.secret("a.secret")).unwrap_err();
    assert!(error.message().contains("line break"), "{error}");
    assert!(!error.message().contains("evil"), "{error}");
}

#[test]
fn no_secret_survives_masking() {
    let values = json!({
        "a.secret": "Bearer sk-0123456789",
        "a.key": r#"{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQ"}"#,
        "a.headers": r#"{"x-key":"header-secret-value"}"#,
    });
    let text = "sent sk-0123456789 and c2VjcmV0LXNlY3JldC1zZWNyZXQ with header-secret-value to oct";
    assert_eq!(strict(values, |s| s.mask(text)), "sent *** and *** with *** to oct");
    assert_eq!(format!("{:?}", Secret::new("sk-1")), "***");
}

#[test]
fn a_secret_is_masked_however_it_is_spelled() {
    let mask = |text: &str| {
        let values = json!({"a.secret": "k&y/+\"1234567", "a.headers": r#"{"x-key":"eight888"}"#});
        strict(values, |s| s.mask(text))
    };
    for text in [
        r#"k&y/+"1234567"#,
        "k%26y%2F%2B%221234567",
        "k%26y%2f%2b%221234567",
        r#"k&y/+\"1234567"#,
        "ayZ5LysiMTIzNDU2Nw==",
        "ayZ5LysiMTIzNDU2Nzpy",
        "eight888",
    ] {
        let masked = mask(&format!("it said {text}."));
        assert!(masked.starts_with("it said ***") && masked.len() < 18, "{text}: {masked}");
    }
}

#[test]
fn a_selector_is_read_as_stored() {
    assert_eq!(strict(json!({"mode": " chat "}), |s| s.selected("mode")), Some("chat".into()));
    assert_eq!(strict(json!({"mode": ""}), |s| s.selected("mode")), None);
}

#[test]
fn what_holds_a_secret_overwrites_it_when_it_is_dropped() {
    fn overwrites<T: zeroize::ZeroizeOnDrop>() {}
    overwrites::<Secret>();
    overwrites::<SigningKey>();
    overwrites::<Secrets>();
    overwrites::<Row<'_>>();
    overwrites::<Wiped>();
    overwrites::<crate::request::Request>();
    overwrites::<crate::auth::jwt::Token>();
    // What keys are read into, by the libraries that sign with them.
    overwrites::<jsonwebtoken::EncodingKey>();
    overwrites::<rsa::RsaPrivateKey>();
    overwrites::<p256::SecretKey>();
    overwrites::<p384::SecretKey>();
    overwrites::<p521::SecretKey>();
    overwrites::<ed25519_dalek::SigningKey>();
}

#[test]
fn what_is_too_long_or_too_many_is_refused_and_not_searched_for() {
    let long = "x".repeat(70_000);
    for id in ["a.secret", "a.required", "a.map", "a.header"] {
        let error = strict(json!({ id: long }), |stored| stored.text(id)).unwrap_err();
        assert_eq!(error.message(), "The label: is longer than 64 KiB", "{id}");
    }
    assert!(strict(json!({"a.escaped": long}), |stored| stored.escaped("a.escaped")).is_err());
    assert_eq!(strict(json!({"a.secret": long}), |stored| stored.mask(&long)), long);
    let Value::Object(values) = json!({ "connection.advanced": long }) else { panic!("an object") };
    assert!(Stored::new(FIELDS, &values, false).is_err_and(|error| error.message().contains("64 KiB")));

    let headers = |count: usize, value: &str| {
        let headers: serde_json::Map<_, _> = (0..count).map(|n| (format!("x-{n}"), Value::from(value))).collect();
        strict(json!({"a.headers": headers}), |stored| stored.headers("a.headers"))
    };
    assert_eq!(headers(100, "a").unwrap().len(), 100);
    assert!(headers(101, "a").unwrap_err().message().contains("more than 100"));
    assert!(headers(50, &"a".repeat(700)).unwrap_err().message().contains("32 KiB"));
    assert!(headers(1, "é").unwrap_err().message().contains("ASCII"));
}
