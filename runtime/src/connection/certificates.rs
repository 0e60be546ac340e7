//! Certificates as people paste them into a form: line feeds as such, as the two characters `\n`, as blanks, or not at
//! all.

use base64::Engine;
use base64::engine::DecodePaddingMode::Indifferent;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

const BASE64: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(Indifferent));

/// The certificates of a PEM text: at least one, all of them usable.
///
/// # Errors
/// What is wrong with it, without its content: it may be a key.
pub fn read(text: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = text.replace("\\r", "").replace("\\n", "\n");
    let mut certificates = Vec::new();
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let number = certificates.len() + 1;
        let block = after.split_once("-----").and_then(|(label, after)| Some((label, after.split_once("-----END ")?)));
        let Some((label, (body, after))) = block else {
            return Err(format!("certificate {number} has no END line; paste it to its end"));
        };
        rest = after;
        match label {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {}
            label if label.ends_with("PRIVATE KEY") => {
                return Err("holds a private key; paste certificates only".to_owned());
            }
            _ => return Err("holds something else than certificates; paste certificates only".to_owned()),
        }
        let body: String = body.split_whitespace().collect();
        let certificate = BASE64.decode(body).map(CertificateDer::from).ok();
        let usable = certificate.filter(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok());
        certificates.push(usable.ok_or_else(|| format!("certificate {number} cannot be read; copy it again"))?);
    }
    if certificates.is_empty() {
        return Err("holds no certificate; paste the text from -----BEGIN CERTIFICATE----- to -----END \
                    CERTIFICATE-----, not the name of a file"
            .to_owned());
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem() -> String {
        include_str!("../http/tests/ca.pem").to_owned()
    }

    #[test]
    fn line_feeds_come_in_every_form_and_in_none() {
        let pem = pem();
        let expected = read(&pem).unwrap();
        assert_eq!(expected.len(), 1);
        for typed in
            [pem.replace('\n', "\r\n"), pem.replace('\n', "\\n"), pem.replace('\n', " "), pem.replace('\n', "")]
        {
            assert_eq!(read(&typed).as_ref(), Ok(&expected), "{typed}");
        }
        assert_eq!(read(&format!("# ours\n{pem}{pem}")).unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_certificate_says_so_without_showing_it() {
        let key = pem().replace("CERTIFICATE", "RSA PRIVATE KEY");
        let cut_off = pem().replace("-----END CERTIFICATE-----", "");
        let broken = pem().replacen("MII", "AAA", 1);
        for (typed, says) in [
            ("/etc/ssl/ca.pem", "not the name of a file"),
            ("", "holds no certificate"),
            (key.as_str(), "a private key"),
            (cut_off.as_str(), "no END line"),
            (broken.as_str(), "certificate 1 cannot be read"),
            ("-----BEGIN CERTIFICATE-----!!-----END CERTIFICATE-----", "certificate 1 cannot be read"),
            ("-----BEGIN CERTIFICATE REQUEST-----AA==-----END CERTIFICATE REQUEST-----", "something else"),
        ] {
            let problem = read(typed).unwrap_err();
            assert!(problem.contains(says) && !problem.contains("AAA"), "{problem}");
        }
    }
}
