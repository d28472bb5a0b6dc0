//! The other SDKs, from npm, PyPI and Maven Central: our signatures verify there, theirs verify here.

use std::{env, fs, path::Path};

use crate::{
    command::Command,
    files::at,
    host, npm,
    report::{Outcome, Report},
    workspace::Workspace,
};

pub(super) fn run(workspace: &Workspace, report: &mut Report) {
    let peers = workspace.root.join("tests/interop");
    let folder = workspace.target.join("interop");
    let [sets, venv] = ["sets.json", "venv"].map(|name| folder.join(name));
    let ours = |arguments: &[&Path]| -> Outcome {
        let built = workspace.target.join("debug/examples");
        let program = built.join(format!("interop{}", env::consts::EXE_SUFFIX));
        Ok(Command::new(program).args(arguments).run()?)
    };
    let made = report.step("interop: our calls", || {
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        let build = Command::cargo().args(["build", "--locked", "--package", "conformance"]);
        build.args(["--example", "interop"]).run()?;
        ours(&[Path::new("make"), &sets])
    });
    if !made {
        return;
    }
    // `run` is given the file that the peer's answers go to.
    let check = |peer: &str, run: &dyn Fn(&Path) -> Command| -> Outcome {
        let answers = folder.join(format!("{peer}.json"));
        // Those of an earlier run would be believed.
        let _ = fs::remove_file(&answers);
        run(&answers).run()?;
        ours(&[Path::new("check"), &sets, Path::new(peer), &answers])
    };
    report.step("interop: alipay-sdk of npm", || {
        host::require(&[("node", "nodejs"), ("npm", "npm")])?;
        let peer = peers.join("node");
        npm::install(&peer)?;
        check("npm alipay-sdk", &|answers| {
            let program = Command::new("node").arg(peer.join("peer.mjs"));
            program.arg(&sets).arg(answers)
        })
    });
    report.step("interop: python-alipay-sdk of PyPI", || {
        host::require_python()?;
        let peer = peers.join("python");
        let python = venv.join("bin/python");
        if !python.is_file() {
            Command::new("python3").args(["-m", "venv"]).arg(&venv).run()?;
        }
        let pip =
            Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        pip.arg("--requirement")
            .arg(peer.join("requirements.txt"))
            .run()?;
        check("python-alipay-sdk", &|answers| {
            let program = Command::new(&python).arg(peer.join("peer.py"));
            program.arg(&sets).arg(answers)
        })
    });
    report.step("interop: alipay-sdk-java of Maven Central", || {
        host::require(&[("javac", "default-jdk-headless"), ("mvn", "maven")])?;
        check("alipay-sdk-java", &|answers| {
            let arguments = format!("-Dexec.arguments={},{}", sets.display(), answers.display());
            Command::new("mvn")
                .args(["--batch-mode", "--quiet", "compile", "exec:java"])
                .arg(arguments)
                .folder(&peers.join("java"))
        })
    });
}
