//! The office that ships, and the commands about worlds, through the program itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use breakroom_sandbox::office;
use breakroom_sandbox::schema::TableId;
use breakroom_sandbox::world::World;

fn breakroom(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_breakroom"))
        .args(arguments)
        .output()
        .unwrap()
}

/// A folder of this test's own, which is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        Folder(std::env::temp_dir().join(format!("breakroom-world-{}-{name}", std::process::id())))
    }

    fn text(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            (
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                std::fs::read(path).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

#[test]
fn regenerating_the_office_that_ships_changes_no_byte() {
    let folder = Folder::new("regenerated");
    let output = breakroom(&[
        "world",
        "new",
        "--seed",
        "1",
        "--name",
        "office",
        "--out",
        folder.text(),
    ]);
    assert!(output.status.success(), "{output:?}");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/worlds/office");
    for (made, known) in files(&folder.0).iter().zip(files(&shipped)) {
        assert_eq!(made.0, known.0);
        assert!(
            made.1 == known.1,
            "{} is not what the generator makes: run `breakroom world new --seed 1 --name office --out fixtures/worlds/office`",
            made.0
        );
    }
    assert_eq!(files(&folder.0).len(), files(&shipped).len());
}

#[test]
fn the_office_that_ships_is_coherent() {
    let world = World::office();
    assert_eq!(office::check::check(&world), []);
    let output = breakroom(&["world", "check", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["findings"], serde_json::json!([]));
}

#[test]
fn a_damaged_world_is_refused_and_an_incoherent_one_is_reported_by_row() {
    let folder = Folder::new("incoherent");
    let mut data = World::office().data().clone();
    data.tables[0][0][3] = breakroom_sandbox::Value::Text("2026-06-13 10:00:00".into());
    World::freeze(data).unwrap().write(&folder.0).unwrap();
    let output = breakroom(&["world", "check", folder.text()]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("meeting-hours: calendar.event 00000001: is on a Saturday"),
        "{text}"
    );

    std::fs::write(folder.0.join("directory.csv"), "name,email,role\n").unwrap();
    let output = breakroom(&["world", "info", folder.text()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("directory.csv")
    );
}

#[test]
fn an_export_holds_the_rows_of_the_world() {
    let folder = Folder::new("export");
    let output = breakroom(&["world", "export", "--sqlite", folder.text()]);
    assert!(output.status.success(), "{output:?}");
    let names: Vec<String> = files(&folder.0).into_iter().map(|file| file.0).collect();
    assert_eq!(
        names,
        [
            "analytics.db",
            "calendar.db",
            "customer_relationship_manager.db",
            "email.db",
            "project_management.db"
        ]
    );
    for (name, bytes) in files(&folder.0) {
        assert!(bytes.starts_with(b"SQLite format 3\0"), "{name}");
    }
}

#[test]
fn mails_and_plots_are_exported_where_they_are_asked_for() {
    let folder = Folder::new("parts");
    let (mails, plots) = (folder.0.join("mails"), folder.0.join("plots"));
    let output = breakroom(&[
        "world",
        "export",
        "--mails",
        mails.to_str().unwrap(),
        "--plots",
        plots.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(files(&mails).len(), 501);
    assert_eq!(files(&plots).len(), 0);
    assert_eq!(breakroom(&["world", "export"]).status.code(), Some(2));
}

#[test]
fn a_call_exports_what_the_session_then_holds() {
    let folder = Folder::new("call-export");
    let output = breakroom(&[
        "call",
        "analytics.create_plot",
        "value_to_plot=total_visits",
        "plot_type=bar",
        "time_min=2026-06-01",
        "time_max=2026-06-10",
        "--export",
        folder.text(),
    ]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(files(&folder.0.join("plots")).len(), 1);
    assert_eq!(files(&folder.0.join("mails")).len(), 501);
    assert!(folder.0.join("calendar.db").exists());
}

#[test]
fn a_world_written_over_another_leaves_nothing_of_it() {
    let folder = Folder::new("over");
    let mut data = World::office().data().clone();
    let text = |text: &str| breakroom_sandbox::Value::Text(text.into());
    let plot = TableId::find("analytics", "plot").unwrap();
    data.tables[plot.index()] = vec![vec![
        breakroom_sandbox::Value::Integer(1),
        text("total_visits"),
        text("bar"),
        text("2026-06-01"),
        text("2026-06-02"),
    ]];
    World::freeze(data).unwrap().write(&folder.0).unwrap();
    World::office().write(&folder.0).unwrap();
    assert_eq!(
        World::read(&folder.0).unwrap().checksum(),
        World::office().checksum()
    );
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    let folder = Folder::new("occupied");
    std::fs::create_dir_all(&folder.0).unwrap();
    std::fs::write(folder.0.join("notes.txt"), "mine").unwrap();
    let output = breakroom(&["world", "new", "--seed", "2", "--out", folder.text()]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        files(&folder.0),
        [("notes.txt".to_owned(), b"mine".to_vec())]
    );
}
