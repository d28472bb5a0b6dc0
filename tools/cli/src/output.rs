//! Standard output and standard error, each written by a thread of its own: a terminal that is stopped (Ctrl-S) or a pipe that nobody reads
//! holds up whoever writes to it, and a payment must go on meanwhile.

use serde::Serialize;
use std::{
    collections::VecDeque,
    io::{self, IsTerminal as _, Write as _},
    sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// How long text of one stream waits for what was said before it on the other.
const IN_ORDER: Duration = Duration::from_millis(200);
/// How long the end waits for a pipe that nobody reads.
const PIPE_GETS: Duration = Duration::from_secs(10);
/// How long whoever leaves at once waits for the last words.
const LAST_WORDS: Duration = Duration::from_millis(300);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

impl Stream {
    fn other(self) -> Self {
        match self {
            Self::Out => Self::Err,
            Self::Err => Self::Out,
        }
    }

    /// Whatever can't be written is lost: a closed pipe must not end a payment.
    fn write(self, text: &str) {
        let _ = match self {
            Self::Out => {
                let mut out = io::stdout().lock();
                out.write_all(text.as_bytes()).and_then(|()| out.flush())
            }
            Self::Err => io::stderr().lock().write_all(text.as_bytes()),
        };
    }

    /// Somebody who stopped a terminal reads on later; whoever does not read a pipe may never do.
    fn is_patient(self) -> bool {
        match self {
            Self::Out => io::stdout().is_terminal(),
            Self::Err => io::stderr().is_terminal(),
        }
    }
}

#[derive(Default)]
struct Queue {
    /// The text, and how many texts of the other stream were said before it.
    waiting: VecDeque<(String, u64)>,
    said: u64,
    written: u64,
}

#[derive(Default)]
struct Queues {
    out: Queue,
    err: Queue,
}

impl Queues {
    fn of(&mut self, stream: Stream) -> &mut Queue {
        match stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
        }
    }
}

#[derive(Default)]
struct Printer {
    queues: Mutex<Queues>,
    changed: Condvar,
}

static PRINTER: LazyLock<&'static Printer> = LazyLock::new(|| {
    let printer: &'static Printer = Box::leak(Box::default());
    for stream in [Stream::Out, Stream::Err] {
        let started = thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || printer.work(stream));
        if let Err(error) = started {
            stream.write(&format!("error[internal]: no thread to write with: {error}\n"));
        }
    }
    printer
});

impl Printer {
    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, stream: Stream, text: String) {
        let mut queues = self.lock();
        let before = queues.of(stream.other()).said;
        let queue = queues.of(stream);
        queue.said += 1;
        queue.waiting.push_back((text, before));
        self.changed.notify_all();
    }

    fn work(&self, stream: Stream) {
        loop {
            let mut queues = self.lock();
            let (text, before) = loop {
                if let Some(next) = queues.of(stream).waiting.pop_front() {
                    break next;
                }
                queues = self.changed.wait(queues).unwrap_or_else(PoisonError::into_inner);
            };
            let behind = |queues: &mut Queues| queues.of(stream.other()).written < before;
            let waited = self.changed.wait_timeout_while(queues, IN_ORDER, behind);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            stream.write(&text);
            self.lock().of(stream).written += 1;
            self.changed.notify_all();
        }
    }

    /// Waits until everything that was said is written, no longer than this for either stream.
    fn flush(&self, within: impl Fn(Stream) -> Option<Duration>) {
        let started = Instant::now();
        for stream in [Stream::Out, Stream::Err] {
            let mut queues = self.lock();
            loop {
                let queue = queues.of(stream);
                let left = within(stream).map(|within| within.saturating_sub(started.elapsed()));
                if queue.written == queue.said || left == Some(Duration::ZERO) {
                    break;
                }
                let slice = left.unwrap_or(Duration::MAX).min(Duration::from_secs(1));
                let waited = self.changed.wait_timeout(queues, slice);
                (queues, _) = waited.unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

/// Says something on standard output. Waits for nobody.
pub(crate) fn print(text: &str) {
    PRINTER.say(Stream::Out, text.to_owned());
}

/// Says one JSON object as one line.
pub(crate) fn print_json(line: &impl Serialize) {
    if let Ok(json) = serde_json::to_string(line) {
        print(&format!("{json}\n"));
    }
}

/// Says a line on standard error. Waits for nobody.
pub(crate) fn warn(line: &str) {
    PRINTER.say(Stream::Err, format!("{line}\n"));
}

/// At the end: waits until everything is written.
pub(crate) fn finish() {
    PRINTER.flush(|_| None);
}

/// At the end of a payment: somebody who has stopped a terminal is waited for; a pipe that nobody reads is given up after some
/// seconds, since the exit code says how it ended too.
pub(crate) fn finish_payment() {
    PRINTER.flush(|stream| (!stream.is_patient()).then_some(PIPE_GETS));
}

/// Leaves at once, with some words if they can be written.
pub(crate) fn leave(words: &str, exit: i32) -> ! {
    warn(words);
    PRINTER.flush(|_| Some(LAST_WORDS));
    std::process::exit(exit)
}
