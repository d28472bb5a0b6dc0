//! The `openssl` command line (3.x), working in a directory of its own that is gone when the test ends.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

/// A temporary directory in which `openssl` runs; files are named relative to it.
#[derive(Debug)]
pub struct Workshop(TempDir);

impl Default for Workshop {
    fn default() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }
}

/// A command's arguments, split at blanks.
fn arguments(line: &str) -> impl Iterator<Item = &str> {
    line.split_ascii_whitespace()
}

impl Workshop {
    /// A new, empty workshop.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file.
    ///
    /// # Panics
    /// If the disk refuses.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), bytes).expect("write in the workshop");
    }

    /// Reads a file.
    ///
    /// # Panics
    /// If it is not there.
    #[must_use]
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs `openssl` with the arguments in `line` (split at blanks) and returns what it wrote to standard output.
    ///
    /// # Panics
    /// If `openssl` is missing or fails.
    pub fn openssl(&self, line: &str) -> Vec<u8> {
        let output = self.try_openssl(line);
        assert!(
            output.status.success(),
            "openssl {line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    /// As [`Workshop::openssl`], but a failure is an answer.
    ///
    /// # Panics
    /// If `openssl` is missing.
    #[must_use]
    pub fn try_openssl(&self, line: &str) -> Output {
        Command::new("openssl")
            .args(arguments(line))
            .current_dir(self.path())
            .output()
            .expect("these tests need the openssl command line")
    }

    /// A new RSA private key of `bits` bits and public exponent 65537, PKCS#8 PEM, also left in the file `name`.
    pub fn rsa_key(&self, name: &str, bits: usize) -> Vec<u8> {
        self.openssl(&format!(
            "genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:{bits} -out {name}"
        ));
        self.read(name)
    }

    /// The DER of `SEQUENCE { INTEGER … }`: any PKCS#1 key, however absurd. Numbers in hexadecimal,
    /// with `-` in front if negative.
    #[must_use]
    pub fn integers(&self, numbers: &[String]) -> Vec<u8> {
        let mut template = String::from("asn1=SEQUENCE:numbers\n[numbers]\n");
        for (index, number) in numbers.iter().enumerate() {
            let (sign, digits) = number
                .strip_prefix('-')
                .map_or(("", number.as_str()), |d| ("-", d));
            template.push_str(&format!("n{index}=INTEGER:{sign}0x{digits}\n"));
        }
        self.write("integers.cnf", template);
        self.openssl("asn1parse -genconf integers.cnf -noout -out integers.der");
        self.read("integers.der")
    }

    /// The numbers of the PKCS#1 private key in the file `name`, in hexadecimal: version, n, e, d, p, q, d mod p-1,
    /// d mod q-1, q⁻¹ mod p.
    ///
    /// # Panics
    /// If it is not an RSA private key.
    #[must_use]
    pub fn private_numbers(&self, name: &str) -> Vec<String> {
        self.openssl(&format!("rsa -in {name} -traditional -out numbers.pem"));
        let listing =
            String::from_utf8(self.openssl("asn1parse -in numbers.pem")).expect("openssl prints text");
        let numbers: Vec<_> = listing
            .lines()
            .filter_map(|line| line.split_once("INTEGER"))
            .filter_map(|(_, value)| value.trim().strip_prefix(':'))
            .map(str::to_owned)
            .collect();
        assert_eq!(numbers.len(), 9, "{listing}");
        numbers
    }
}
