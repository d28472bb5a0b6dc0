//! Running other programs: what is run is shown first, and how it failed is said in one line.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process,
};

/// A program and its arguments, run in the workspace's root unless told otherwise.
pub(crate) struct Command {
    program: OsString,
    arguments: Vec<OsString>,
    /// `None` takes a variable away from the child.
    environment: Vec<(&'static str, Option<OsString>)>,
    folder: Option<PathBuf>,
}

impl Command {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            folder: None,
        }
    }

    /// The cargo that runs us, which is the one whose toolchain the caller chose.
    pub(crate) fn cargo() -> Self {
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments
            .extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    pub(crate) fn env(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name, Some(value.as_ref().to_owned())));
        self
    }

    pub(crate) fn without_env(mut self, name: &'static str) -> Self {
        self.environment.push((name, None));
        self
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Runs it with our own output streams; an exit code other than 0 is an error.
    pub(crate) fn run(self) -> Result<(), String> {
        println!("$ {}", self.line());
        let status = self
            .prepare()
            .status()
            .map_err(|error| format!("`{}` can't be started: {error}", self.line()))?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("`{}`: {status}", self.line()))
        }
    }

    /// Runs it silently and returns what it wrote to its standard output.
    pub(crate) fn read(self) -> Result<String, String> {
        let output = self
            .prepare()
            .output()
            .map_err(|error| format!("`{}` can't be started: {error}", self.line()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!(
                "`{}`: {}\n{}",
                self.line(),
                output.status,
                said.trim_end()
            ));
        }
        String::from_utf8(output.stdout)
            .map_err(|_| format!("`{}` wrote something other than UTF-8", self.line()))
    }

    fn prepare(&self) -> process::Command {
        let mut command = process::Command::new(&self.program);
        command.args(&self.arguments).stdin(process::Stdio::null());
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }

    /// The command as a person would type it: variables first, the program without its folder.
    fn line(&self) -> String {
        let program = Path::new(&self.program).file_name().unwrap_or(&self.program);
        let variables = self
            .environment
            .iter()
            .filter_map(|(name, value)| Some((name, value.as_ref()?)))
            .map(|(name, value)| format!("{name}={}", quoted(&value.to_string_lossy())));
        let words = std::iter::once(program).chain(self.arguments.iter().map(OsString::as_os_str));
        variables
            .chain(words.map(|word| quoted(&word.to_string_lossy())))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

fn quoted(word: &str) -> String {
    if word.contains([' ', '*', '"', '$']) {
        format!("'{word}'")
    } else {
        word.to_owned()
    }
}
