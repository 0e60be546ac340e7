//! The roots of references, and where each may stand.

/// A place where references stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// Path, headers, query and body of a protocol's request.
    Request,
    /// `reply` of a protocol.
    Reply,
    /// `fails` of a protocol.
    Fails,
    /// `events` of a stream.
    Events,
    /// Settings of a protocol or a model type: separator, properties, pricing, limits, features.
    Settings,
    /// `derived` and the arguments of `finish`.
    Derived,
    /// `deliver` of a model type.
    Deliver,
    /// `probe` of a model type.
    Probe,
    /// `probe.body` of a protocol.
    OwnProbe,
    /// `task.poll` of a protocol.
    Poll,
    /// `mint` of an auth method.
    Mint,
    /// `sign` of an auth method.
    Sign,
    /// `attach` of an auth method.
    Attach,
    /// `headers` and `attach` of the connection.
    Connection,
}

impl Site {
    /// In a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Site::Request => "a request",
            Site::Reply => "a reply",
            Site::Fails => "`fails`",
            Site::Events => "`events`",
            Site::Settings => "a setting",
            Site::Derived => "`derived` and `finish`",
            Site::Deliver => "`deliver`",
            Site::Probe | Site::OwnProbe => "a probe",
            Site::Poll => "a poll",
            Site::Mint => "a token",
            Site::Sign => "a signature",
            Site::Attach => "`attach`",
            Site::Connection => "the connection",
        }
    }
}

/// The root of a reference.
#[derive(Debug, Clone, Copy)]
pub struct Root {
    pub name: &'static str,
    pub sites: &'static [Site],
    /// The members, each with its type, when they are the same everywhere.
    pub members: &'static [(&'static str, &'static str)],
    /// The type of the bare root, if it may stand alone.
    pub bare: Option<&'static str>,
    /// One sentence for editors.
    pub about: &'static str,
}

/// Every root.
pub const ROOTS: &[Root] = &[
    Root {
        name: "model",
        sites: &[Site::Request, Site::OwnProbe, Site::Poll],
        members: &[],
        bare: Some("string"),
        about: "The upstream model name.",
    },
    Root {
        name: "call",
        sites: &[Site::Request, Site::OwnProbe, Site::Poll, Site::Deliver, Site::Connection],
        members: &[
            ("model", "string"),
            ("user", "optional string"),
            ("app", "optional string"),
            ("conversation", "optional string"),
            ("message", "optional string"),
            ("traceparent", "optional string"),
        ],
        bare: None,
        about: "The call: Dify's model name, and who asks: user, app, conversation, message, W3C trace.",
    },
    Root {
        name: "input",
        sites: &[Site::Request, Site::Derived, Site::Deliver],
        members: &[],
        bare: None,
        about: "Inputs and derived values of the action.",
    },
    Root {
        name: "param",
        sites: &[Site::Request],
        members: &[],
        bare: None,
        about: "Validated parameters; bare only after `$merge`.",
    },
    Root {
        name: "credential",
        sites: &[
            Site::Request,
            Site::Settings,
            Site::Derived,
            Site::Deliver,
            Site::Probe,
            Site::OwnProbe,
            Site::Poll,
            Site::Mint,
            Site::Sign,
            Site::Attach,
            Site::Connection,
        ],
        members: &[],
        bare: None,
        about: "Credential fields of this file; in a protocol also those of its model type.",
    },
    Root {
        name: "batch",
        sites: &[Site::Request],
        members: &[],
        bare: None,
        about: "The slice of `batch.over` that is being sent, or the one element when `batch.size` is not given.",
    },
    Root {
        name: "item",
        sites: &[Site::Request, Site::Reply, Site::Events, Site::Deliver],
        members: &[],
        bare: None,
        about: "The element of the enclosing `$each`.",
    },
    Root {
        name: "reply",
        sites: &[Site::Reply, Site::Fails],
        members: &[],
        bare: Some("json"),
        about: "The JSON reply; in `fails` the reply or the event; in `task` the first reply, then a poll's.",
    },
    Root {
        name: "event",
        sites: &[Site::Events],
        members: &[],
        bare: Some("json"),
        about: "One event's JSON document.",
    },
    Root { name: "task", sites: &[Site::Poll], members: &[], bare: None, about: "What `task.keep` kept." },
    Root { name: "output", sites: &[Site::Deliver], members: &[], bare: None, about: "The decoded output." },
    Root {
        name: "request",
        sites: &[Site::Sign, Site::Attach],
        members: &[
            ("method", "string"),
            ("path", "string"),
            ("target", "string"),
            ("sorted_target", "string"),
            ("body.md5", "optional string"),
            ("body.sha256", "optional string"),
            ("body.digest", "optional string"),
        ],
        bare: None,
        about: "The finished request: method, path, target, `header.<name>`, digests of the body.",
    },
    Root {
        name: "now",
        sites: &[Site::Sign, Site::Attach, Site::Connection],
        members: &[("unix", "string"), ("unix_ms", "string"), ("http_date", "string")],
        bare: None,
        about: "The time of this attempt.",
    },
    Root {
        name: "nonce",
        sites: &[Site::Sign, Site::Attach, Site::Connection],
        members: &[],
        bare: Some("string"),
        about: "A fresh UUID of this attempt.",
    },
    Root { name: "token", sites: &[Site::Attach], members: &[], bare: Some("string"), about: "The minted token." },
    Root {
        name: "signed",
        sites: &[Site::Attach],
        members: &[],
        bare: Some("string"),
        about: "The names of the signed headers that the request has, joined with `,`.",
    },
    Root { name: "signature", sites: &[Site::Attach], members: &[], bare: Some("string"), about: "The encoded MAC." },
];

/// Finds a root.
pub fn root(name: &str) -> Option<&'static Root> {
    ROOTS.iter().find(|root| root.name == name)
}
