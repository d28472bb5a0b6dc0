//! Certificates by OpenSSL: a chain as Alipay's, and files whose SNs everybody computes.

use alipay_core::cert;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use conformance::openssl::Workshop;
use serde::{Deserialize, Serialize};

/// A merchant's three files, as PEM.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Chain {
    pub(crate) app: String,
    pub(crate) alipay: String,
    pub(crate) roots: String,
}

/// A file of certificates.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CertificateFile {
    pub(crate) name: String,
    pub(crate) pem: String,
    /// Whether its SN is that of a root bundle.
    pub(crate) bundle: bool,
    /// Its issuer has parts or characters that only Java, whose SNs Alipay compares with, writes as RFC 2253 says.
    pub(crate) odd: bool,
}

impl CertificateFile {
    /// As we compute it.
    pub(crate) fn sn(&self) -> String {
        let sn = if self.bundle {
            cert::root_cert_sn
        } else {
            cert::app_cert_sn
        };
        sn(&self.pem).expect("an SN")
    }
}

const EXTENSIONS: &str = "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n\
    [entity]\nkeyUsage=critical,digitalSignature\n";
const NAME: &str = "C=CN\nO=蚂蚁 Financial\nOU=Certification Authority\n";
const ODD: &str = "C=CN\nO=浙江, \\\"网络\\\" <技术>\nOU=a\\+b\\\\c;d\nstreet=西湖\nDC=example\nemailAddress=a@example.com\n";

/// Keys are PKCS#8, base64: the application's and Alipay's.
pub(crate) fn make(app: &str, alipay: &str) -> (Chain, Vec<CertificateFile>) {
    let workshop = Workshop::new();
    workshop.write("extensions.cnf", EXTENSIONS);
    for (name, key) in [("app", app), ("alipay", alipay)] {
        workshop.write(&format!("{name}.der"), STANDARD.decode(key).expect("base64"));
        workshop.openssl(&format!("pkey -inform DER -in {name}.der -out {name}.key"));
    }
    for name in ["root", "class2", "odd", "odd_leaf"] {
        workshop.rsa_key(&format!("{name}.key"), 2048);
    }
    workshop.openssl("ecparam -genkey -name prime256v1 -noout -out ecdsa.key");
    workshop.openssl("genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out sm2.key");
    for (name, issuer) in [
        ("root", None),
        ("class2", Some("root")),
        ("app", Some("class2")),
        ("alipay", Some("class2")),
        ("ecdsa", None),
        ("sm2", None),
        ("odd", None),
        ("odd_leaf", Some("odd")),
    ] {
        let parts = if name.starts_with("odd") { ODD } else { NAME };
        let request = format!(
            "[req]\nprompt=no\nutf8=yes\nstring_mask=utf8only\ndistinguished_name=dn\n[dn]\n{parts}CN={name} R1\n"
        );
        workshop.write(&format!("{name}.cnf"), request);
        let hash = if name == "sm2" { "-sm3" } else { "-sha256" };
        workshop.openssl(&format!(
            "req -new {hash} -key {name}.key -config {name}.cnf -out {name}.csr"
        ));
        let by = match issuer {
            None => format!("-extensions ca -signkey {name}.key"),
            Some(by) => {
                let kind = if name == "class2" { "ca" } else { "entity" };
                format!("-extensions {kind} -CA {by}.pem -CAkey {by}.key")
            }
        };
        workshop.openssl(&format!(
            "x509 -req {hash} -days 30 -extfile extensions.cnf -in {name}.csr {by} -out {name}.pem"
        ));
    }
    let pem = |name: &str| String::from_utf8(workshop.read(&format!("{name}.pem"))).expect("PEM");
    // As in Alipay's file, with a blank line between: one of the peers splits there.
    let bundle = |names: &[&str]| names.iter().map(|name| pem(name)).collect::<Vec<_>>().join("\n");
    let chain = Chain {
        app: pem("app"),
        alipay: pem("alipay"),
        roots: bundle(&["sm2", "root", "ecdsa", "class2"]),
    };
    let file = |name: &str, pem: String, bundle: bool, odd: bool| CertificateFile {
        name: name.into(),
        pem,
        bundle,
        odd,
    };
    let files = vec![
        file("app", chain.app.clone(), false, false),
        file("alipay", chain.alipay.clone(), false, false),
        file("roots", chain.roots.clone(), true, false),
        file("odd", pem("odd_leaf"), false, true),
        file("odd roots", bundle(&["sm2", "odd", "ecdsa", "root"]), true, true),
    ];
    (chain, files)
}
