//! Signatures: the text that is signed, the MAC, and what a refusing gateway is told apart by.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use runtime::auth::explain::first_difference;
use runtime::auth::hmac::{self, Encoding, Mac, body_md5, each_signed, sorted_target};
use runtime::credentials::Secret;
use runtime::request::Request;
use sha2::Digest;

use super::{pairs, request, section, text};

/// The phases of an auth spec: set headers, build the lines, sign. `names` are the signed headers, sorted.
fn lines(request: &Request, names: &[&str]) -> String {
    let header = |name| request.header(name).unwrap_or_default().to_owned();
    let mut lines = vec![request.method.to_owned()];
    lines.extend(["accept", "content-md5", "content-type", "date"].map(header));
    lines.extend(each_signed(request, names, ":"));
    lines.push(sorted_target(request));
    lines.join("\n")
}

/// Names as a client puts them into `x-ca-signature-headers`: lower case, sorted, each once, none of the fixed ones.
fn signed_names(mut names: Vec<String>) -> Vec<String> {
    names.iter_mut().for_each(|name| name.make_ascii_lowercase());
    let fixed = ["accept", "content-md5", "content-type", "date", "x-ca-signature", "x-ca-signature-headers"];
    names.retain(|name| !fixed.contains(&name.as_str()));
    names.sort();
    names.dedup();
    names
}

#[test]
fn hmac() {
    for vector in section("hmac") {
        let (name, input, expected) = (text(&vector["name"]), &vector["input"], &vector["expected"]);
        let body = STANDARD.decode(text(&input["body_base64"])).unwrap();
        let mut request = request(text(&input["method"]), text(&input["path_and_query"]), &[], body);

        let timestamp = input["timestamp_ms"].as_u64().map(|ms| ms.to_string());
        let given = |name: &str| input[name].as_str().map(str::to_owned);
        for (header, value) in [
            ("accept", given("accept")),
            ("content-type", given("content_type")),
            ("date", given("date")),
            ("x-ca-key", given("access_key")),
            ("x-ca-nonce", given("nonce")),
            ("x-ca-signature-method", given("signature_method")),
            ("x-ca-timestamp", timestamp),
        ] {
            if let Some(value) = value {
                request.set_header(header, value).unwrap();
            }
        }
        for (header, value) in pairs(&input["extra_headers"]) {
            request.set_header(&header, value).unwrap();
        }
        let md5 = body_md5(&request).filter(|_| input["content_md5"] == "auto");
        assert_eq!(md5.as_deref(), expected["content_md5"].as_str(), "{name}");
        if let Some(md5) = md5 {
            request.set_header("content-md5", md5).unwrap();
        }

        let own = ["x-ca-key", "x-ca-nonce", "x-ca-signature-method", "x-ca-timestamp"];
        let mut names: Vec<String> =
            own.iter().filter(|n| request.header(n).is_some()).map(|n| n.to_string()).collect();
        names.extend(input["extra_signed_headers"].as_array().unwrap().iter().map(|n| text(n).to_owned()));
        let names = signed_names(names);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(names.join(","), text(&expected["signed_headers"]), "{name}");
        if names.iter().any(|name| request.header(name).is_none()) {
            // What a gateway makes of a name without its header, which we never list.
            assert_eq!(name, "extra_signed_header_missing");
            continue;
        }

        assert_eq!(sorted_target(&request), text(&expected["path_and_parameters"]), "{name}");
        let signed = lines(&request, &names);
        assert_eq!(signed, text(&expected["string_to_sign"]), "{name}");
        let hash: String = sha2::Sha256::digest(&signed).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, text(&expected["string_to_sign_sha256"]), "{name}");
        let mac = if input["signature_method"] == "HmacSHA1" { Mac::HmacSha1 } else { Mac::HmacSha256 };
        let signature = mac.sign(&Secret::new(text(&input["secret"])), &signed, Encoding::Base64);
        assert_eq!(signature, text(&expected["signature"]), "{name}");

        request.set_header("x-ca-signature-headers", names.join(",")).unwrap();
        request.set_header("x-ca-signature", signature).unwrap();
        let mut sent = request.headers.clone();
        let mut wanted = pairs(&expected["headers"]);
        sent.retain(|(name, _)| wanted.iter().any(|(other, _)| other == name));
        sent.sort();
        wanted.sort();
        assert_eq!(sent, wanted, "{name}");
    }
}

/// The phases of the auth spec of `tests/additions/auth-method`.
#[test]
fn hmac_apisix() {
    for vector in section("hmac_apisix") {
        let (name, input, expected) = (text(&vector["name"]), &vector["input"], &vector["expected"]);
        let body = text(&input["body_utf8"]).as_bytes().to_vec();
        let request = request(text(&input["method"]), text(&input["request_target"]), &pairs(&input["headers"]), body);
        let names: Vec<&str> = input["signed_headers"].as_array().unwrap().iter().map(text).collect();
        let (target, headers) = names.split_first().unwrap();
        assert_eq!(*target, "@request-target", "{name}");
        if headers.iter().any(|header| header.chars().any(char::is_uppercase)) {
            // What a gateway makes of other spellings. A spec has lower case only.
            assert_eq!(name, "apisix_name_written_as_listed");
            continue;
        }

        let mut lines =
            vec![text(&input["key_id"]).to_owned(), [request.method.to_owned(), hmac::target(&request)].join(" ")];
        lines.extend(each_signed(&request, headers, ": "));
        let signed = lines.join("\n") + "\n";
        assert_eq!(signed, text(&expected["string_to_sign"]), "{name}");
        let mac = if input["algorithm"] == "hmac-sha512" { Mac::HmacSha512 } else { Mac::HmacSha256 };
        let signature = mac.sign(&Secret::new(text(&input["secret"])), &signed, Encoding::Base64);
        assert_eq!(signature, text(&expected["signature"]), "{name}");
        if let Some(digest) = expected["digest"].as_str() {
            assert_eq!(hmac::body_digest(&request).as_deref(), Some(digest), "{name}");
        }
    }
}

#[test]
fn hmac_known_answers() {
    for vector in section("hmac_known_answers") {
        let (name, input, expected) = (text(&vector["name"]), &vector["request"], &vector["expected"]);
        let body = text(&input["body_utf8"]).as_bytes().to_vec();
        let request = request(text(&input["method"]), text(&input["path_and_query"]), &pairs(&input["headers"]), body);
        let list = request.header("x-ca-signature-headers").unwrap_or_default();
        let names = signed_names(list.split(',').filter(|n| !n.is_empty()).map(str::to_owned).collect());
        let signed = lines(&request, &names.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(signed, text(&expected["string_to_sign"]), "{name}");
        let signature = Mac::HmacSha256.sign(&Secret::new(text(&vector["secret"])), &signed, Encoding::Base64);
        assert_eq!(signature, text(&expected["signature"]), "{name}");
    }
}

/// The texts that refusing gateways show: the explanation must find the difference the vector is about.
#[test]
fn refused_signatures_are_explained() {
    let about = [
        ("reject_ai_gateway_python_blank_line", "line 6"),
        ("reject_wrong_secret", "check the secret key"),
        ("reject_content_type_changed_by_http_client", "(content-type)"),
        ("reject_accept_default_of_http_client", "(accept)"),
        ("reject_prefix_not_signed", "(path and parameters)"),
        ("reject_query_signed_without_decoding", "(path and parameters)"),
        ("reject_query_plus_decoded_as_space", "(path and parameters)"),
    ];
    let ours = "POST\napplication/json\nFT3hAXBmxkm5mCt1lVeiAg==\napplication/json\nThu, 01 Jan 2026 00:50:50 GMT\n\
                x-ca-key:test-ak-0001\nx-ca-nonce:3f2b8c1e-5a4d-4c6b-9e70-a00000000032\n\
                x-ca-signature-method:HmacSHA256\nx-ca-timestamp:1767228650123\n/v1/chat/completions";
    let get = |target: &str| {
        let post = "POST\napplication/json\nFT3hAXBmxkm5mCt1lVeiAg==\napplication/json";
        ours.replace(post, "GET\napplication/json\n\n").replace("/v1/chat/completions", target)
    };
    let vectors = section("hmac_server_rejects");
    for (name, words) in about {
        let vector = vectors.iter().find(|vector| vector["name"] == name).unwrap();
        let server = text(&vector["expected"]["headers"]["x-ca-error-message"]);
        let ours = match name {
            "reject_ai_gateway_python_blank_line" => {
                "POST\napplication/json\nFT3hAXBmxkm5mCt1lVeiAg==\napplication/json\n2026-01-01 00:50:50\n\n\
                 /v1/chat/completions"
                    .to_owned()
            }
            "reject_query_signed_without_decoding" => get("/v1/models?q=%E4%BD%A0"),
            "reject_query_plus_decoded_as_space" => get("/v1/models?q=a b"),
            _ => ours.to_owned(),
        };
        let difference = first_difference(server, &ours);
        assert!(difference.contains(words), "{name}: {difference}");
    }
}
