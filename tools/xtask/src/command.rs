//! Running other programs: what is run is shown first, and how it failed is said in one line.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    path::{Path, PathBuf},
    process, thread,
    time::{Duration, Instant},
};

use crate::files::at;

/// Between two looks at a program that runs.
const LOOK_EVERY: Duration = Duration::from_millis(50);

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

    /// Starts it and goes on; what it writes to its standard output and its standard error goes to these files.
    pub(crate) fn start(self, out: &Path, err: &Path) -> Result<Running, String> {
        let line = self.line();
        let mut command = self.prepare();
        command.stdout(File::create(out).map_err(at(out))?);
        command.stderr(File::create(err).map_err(at(err))?);
        match command.spawn() {
            Ok(child) => Ok(Running { child, line }),
            Err(error) => Err(format!("`{line}` can't be started: {error}")),
        }
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

/// A program that was started. It is killed when this is dropped.
pub(crate) struct Running {
    child: process::Child,
    line: String,
}

impl Running {
    /// Waits until it has ended; not ending in time is an error, ending in any other way is none.
    pub(crate) fn wait(&mut self, at_most: Duration) -> Result<(), String> {
        let give_up_at = Instant::now() + at_most;
        while !self.has_ended()? {
            if Instant::now() > give_up_at {
                return Err(format!("`{}` still runs after {at_most:?}", self.line));
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    pub(crate) fn has_ended(&mut self) -> Result<bool, String> {
        match self.child.try_wait() {
            Ok(status) => Ok(status.is_some()),
            Err(error) => Err(format!("`{}`: {error}", self.line)),
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by its name: `STOP`, `CONT`.
    pub(crate) fn signal(&self, name: &str) -> Result<(), String> {
        let kill = Command::new("kill").arg(format!("-{name}"));
        kill.arg(self.id().to_string()).read().map(drop)
    }

    /// Kills it (SIGKILL where there is one).
    pub(crate) fn kill(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

fn quoted(word: &str) -> String {
    if word.contains([' ', '*', '"', '$']) {
        format!("'{word}'")
    } else {
        word.to_owned()
    }
}
