//! `alipay sandbox`: the simulated gateway, ready to be worked against.

use crate::{
    args::SandboxArgs,
    commands::keygen::{generate, write},
    failure::Failure,
    interrupt::{First, on_interrupt},
    merchant::{read_content_key, read_private_key, read_public_key},
    output::{print, print_json},
    transport::install_tls,
};
use alipay_core::key::{PrivateKey, PrivateKeyFormat, PublicKey};
use alipay_sandbox::{App, Certificate, Certificates, Sandbox, SandboxConfig, auth_code, story_table};
use serde::Serialize;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::mpsc,
};
use tempfile::TempDir;

const DEFAULT_APP_ID: &str = "2021000000000001";
const SELLER_ID: &str = "2088000000000001";

/// What a developer needs to know; the line of `--json`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready<'a> {
    r#type: &'static str,
    gateway: String,
    page: String,
    app_ids: Vec<&'a str>,
    alipay_public_key: String,
    alipay_public_key_file: PathBuf,
    /// Only if it was made here.
    private_key_file: Option<PathBuf>,
    /// Certificate mode: the first application's certificate, Alipay's and the root bundle.
    certificate_files: Option<[PathBuf; 3]>,
    /// Content encryption: the key's file.
    encrypt_key_file: Option<&'a Path>,
}

pub(crate) fn run(args: &SandboxArgs) -> Result<u8, Failure> {
    let keys = Keys::at(args.keys.as_deref())?;
    let (apps, private_key_file) = apps(args, &keys)?;
    let alipay_key = match &args.alipay_private_key {
        Some(path) => read_private_key(path, "--alipay-private-key")?,
        None => keys.pair("alipay")?.0,
    };
    let alipay_public_key_file = keys.publish("alipay_public_key.pem", alipay_key.public_key())?;
    let app_ids: Vec<String> = apps.iter().map(|app| app.app_id.clone()).collect();
    let root_key = args.certificates.is_some().then(|| keys.pair("root"));
    let content_key = args.encrypt_key.as_deref().map(read_content_key);
    // Notifications may go to https.
    install_tls();
    let config = SandboxConfig {
        addr: SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)),
        seed: args.seed,
        time_scale: args.time_scale,
        db: args.db.clone(),
        root_key: root_key.transpose()?.map(|(key, _)| key),
        content_key: content_key.transpose()?,
        ..SandboxConfig::new(apps, alipay_key)
    };
    let sandbox =
        Sandbox::start(config).map_err(|error| Failure::usage("sandbox_not_started", error.to_string()))?;
    let certificate_files = match (&args.certificates, sandbox.certificates()) {
        (Some(directory), Some(issued)) => Some(publish(directory, &issued, &app_ids)?),
        _ => None,
    };
    let ready = Ready {
        r#type: "ready",
        gateway: sandbox.gateway_url(),
        page: sandbox.page_url(),
        app_ids: app_ids.iter().map(String::as_str).collect(),
        alipay_public_key: sandbox.alipay_public_key().to_base64()?,
        alipay_public_key_file,
        private_key_file,
        certificate_files,
        encrypt_key_file: args.encrypt_key.as_deref(),
    };
    let (stop, stopped) = mpsc::channel();
    let stop = move || {
        // Fails only once everything is over.
        let _ = stop.send(());
        First::TakenUp
    };
    on_interrupt(stop, || "left".into())?;
    if args.json {
        print_json(&ready);
    } else {
        print(&ready.to_text());
    }
    // An error would mean that the handler is gone; then nothing but a signal can end this.
    let _ = stopped.recv();
    sandbox.stop();
    Ok(0)
}

impl Ready<'_> {
    fn to_text(&self) -> String {
        let own = match &self.private_key_file {
            Some(path) => path.display().to_string(),
            None => "YOUR_PRIVATE_KEY.pem".into(),
        };
        let app_id = self.app_ids.first().copied().unwrap_or_default();
        let believed = match &self.certificate_files {
            None => format!("--alipay-public-key {}", self.alipay_public_key_file.display()),
            Some([app, alipay, root]) => format!(
                "--app-cert {} \\\n    --alipay-cert {} --root-cert {}",
                app.display(),
                alipay.display(),
                root.display()
            ),
        };
        let encrypted = match self.encrypt_key_file {
            None => String::new(),
            Some(file) => format!(" --encrypt-key {}", file.display()),
        };
        let rotate = match self.certificate_files {
            None => String::new(),
            Some(_) => format!(
                "Alipay gets a new certificate, which a payment downloads:\n\n  curl -X POST -H 'x-alipay-sandbox: 1' {}api/certificate/rotate\n\n",
                self.page
            ),
        };
        format!(
            "A simulated gateway. No money moves; it listens on this machine only.

gateway            {gateway}
the buyer's phone  {page}
Alipay's key       {alipay}

Try a payment (the last four digits of the auth_code choose the story):

  alipay pay --gateway {gateway} --app-id {app_id} \\
    --private-key {own} {believed}{encrypted} \\
    --out-trade-no ORDER_1 --auth-code {code} --total-amount 88.88 --subject test

{rotate}{stories}
Ctrl-C stops it.
",
            gateway = self.gateway,
            page = self.page,
            alipay = self.alipay_public_key_file.display(),
            code = auth_code(1001, 1, 1),
            stories = story_table(),
        )
    }
}

/// Writes the certificates' files, named as in Alipay's console; those of the first application.
fn publish(directory: &Path, issued: &Certificates, app_ids: &[String]) -> Result<[PathBuf; 3], Failure> {
    let put = |name: &str, certificate: Option<&Certificate>| {
        let pem = certificate
            .map(|certificate| &*certificate.pem)
            .unwrap_or_default();
        let file = directory.join(name);
        write(&file, pem.as_bytes(), true).map(|()| file)
    };
    let mut apps = Vec::new();
    for app_id in app_ids {
        let name = format!("appCertPublicKey_{app_id}.crt");
        apps.push(put(&name, issued.app(app_id))?);
    }
    let alipay = put("alipayCertPublicKey_RSA2.crt", issued.alipay())?;
    let root = put("alipayRootCert.crt", Some(issued.root()))?;
    Ok([apps.into_iter().next().unwrap_or_default(), alipay, root])
}

/// The applications; and the private key's file, if it was made here.
fn apps(args: &SandboxArgs, keys: &Keys) -> Result<(Vec<App>, Option<PathBuf>), Failure> {
    let app = |app_id: &str, public_key| App {
        app_id: app_id.into(),
        public_key,
        seller_id: SELLER_ID.into(),
    };
    if args.app_public_keys.is_empty() {
        let (key, file) = keys.pair("app")?;
        let public_key = key.public_key();
        let mut app_ids: Vec<&str> = args.app_ids.iter().map(String::as_str).collect();
        if app_ids.is_empty() {
            app_ids.push(DEFAULT_APP_ID);
        }
        let apps = app_ids.iter().map(|app_id| app(app_id, public_key.clone()));
        return Ok((apps.collect(), Some(file)));
    }
    if args.app_public_keys.len() != args.app_ids.len() {
        return Err(Failure::usage(
            "app_keys",
            "give as many --app-public-key as --app-id, in the same order",
        ));
    }
    let paired = args.app_ids.iter().zip(&args.app_public_keys);
    let apps = paired.map(|(app_id, path)| Ok(app(app_id, read_public_key(path, "--app-public-key")?)));
    Ok((apps.collect::<Result<_, Failure>>()?, None))
}

/// The directory with the keys that are made here.
enum Keys {
    Kept(PathBuf),
    /// Goes away with the sandbox.
    Passing(TempDir),
}

impl Keys {
    fn at(directory: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = directory else {
            let made = tempfile::Builder::new().prefix("alipay-sandbox-").tempdir();
            let made = made.map_err(|error| Failure::internal("file_not_written", error.to_string()))?;
            return Ok(Self::Passing(made));
        };
        Ok(Self::Kept(path.into()))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Passing(directory) => directory.path(),
        }
    }

    /// A key pair of this name: the one that is there, or a new one.
    fn pair(&self, name: &str) -> Result<(PrivateKey, PathBuf), Failure> {
        let file = self.path().join(format!("{name}_private_key.pem"));
        let key = if file.exists() {
            read_private_key(&file, "--keys")?
        } else {
            let key = generate(2048)?;
            write(&file, key.to_pem(PrivateKeyFormat::Pkcs8)?.as_bytes(), false)?;
            key
        };
        self.publish(&format!("{name}_public_key.pem"), key.public_key())?;
        Ok((key, file))
    }

    /// Writes a public key beside the others.
    fn publish(&self, name: &str, key: &PublicKey) -> Result<PathBuf, Failure> {
        let file = self.path().join(name);
        write(&file, key.to_pem()?.as_bytes(), true)?;
        Ok(file)
    }
}
