//! Generated files on disk: what differs, and how it is brought up to date.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::package::fingerprint;
use crate::{MANIFEST, Package};

/// What happens to one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It is there as it should be.
    Same,
    /// It is not there.
    Missing,
    /// It is as an earlier run left it.
    Stale,
    /// It is ours, and somebody edited it.
    Edited,
    /// It is in the way, and no run of ours wrote it.
    Foreign,
    /// An earlier run wrote it, and no definition asks for it any more.
    Orphan,
    /// The same, but somebody edited it.
    EditedOrphan,
}

/// What happens to each file of a package, or to the one file of a module, and its new text.
pub(super) struct Plan<'a> {
    /// What messages call the whole.
    pub(super) label: PathBuf,
    /// The folder that the files lie in.
    pub(super) folder: PathBuf,
    pub(super) files: BTreeMap<String, (Change, Option<&'a str>)>,
    manifest: Option<String>,
}

#[derive(Default, Deserialize)]
struct Manifest {
    files: BTreeMap<String, String>,
}

/// Compares a package with a folder, which need not exist.
pub(super) fn plan<'a>(out: &Path, package: &'a Package) -> io::Result<Plan<'a>> {
    let manifest_on_disk = read(&out.join(MANIFEST))?;
    // A manifest that cannot be read protects nothing, so everything that is there counts as somebody else's.
    let known: Manifest = manifest_on_disk.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let mut files = BTreeMap::new();
    for (path, text) in package.files() {
        let change = match read(&out.join(path))? {
            None => Change::Missing,
            Some(found) if found == text => Change::Same,
            Some(found) => match known.files.get(path) {
                None => Change::Foreign,
                Some(expected) if *expected == fingerprint(&found) => Change::Stale,
                Some(_) => Change::Edited,
            },
        };
        files.insert(path.to_owned(), (change, Some(text)));
    }
    for (path, expected) in known.files.iter().filter(|(path, _)| package.file(path).is_none() && is_inside(path)) {
        match read(&out.join(path))? {
            None => {}
            Some(found) if *expected == fingerprint(&found) => {
                files.insert(path.clone(), (Change::Orphan, None));
            }
            Some(_) => {
                files.insert(path.clone(), (Change::EditedOrphan, None));
            }
        }
    }
    let manifest = package.manifest();
    let manifest = (manifest_on_disk.as_ref() != Some(&manifest)).then_some(manifest);
    Ok(Plan { label: out.to_owned(), folder: out.to_owned(), files, manifest })
}

/// What stands before the fingerprint of a generated file that has no manifest beside it.
const FINGERPRINT: &str = "// Fingerprint: ";

/// A generated file with the fingerprint of its text in the second line, so that an edit is noticed without a manifest.
pub(super) fn sealed(text: &str) -> String {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    format!("{first}\n{FINGERPRINT}{}\n{rest}", fingerprint(text))
}

/// Compares a file that [`sealed`] made with what lies there.
pub(super) fn plan_file<'a>(path: &Path, text: &'a str) -> io::Result<Plan<'a>> {
    let change = match read(path)? {
        None => Change::Missing,
        Some(found) if found == text => Change::Same,
        Some(found) => match unsealed(&found) {
            None => Change::Foreign,
            Some((stamp, inner)) if *stamp == fingerprint(&inner) => Change::Stale,
            Some(_) => Change::Edited,
        },
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let files = BTreeMap::from([(name, (change, Some(text)))]);
    Ok(Plan { label: path.to_owned(), folder: path.parent().unwrap_or(Path::new("")).to_owned(), files, manifest: None })
}

/// The fingerprint that a file carries, and the text that it was taken of.
fn unsealed(text: &str) -> Option<(&str, String)> {
    let (first, rest) = text.split_once('\n')?;
    let (stamp, rest) = rest.strip_prefix(FINGERPRINT)?.split_once('\n')?;
    Some((stamp, format!("{first}\n{rest}")))
}

/// Whether a path of a manifest, which anybody may have edited, stays inside the package.
fn is_inside(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match std::fs::read(path) {
        // What is not text was not written by us; it differs from everything we write.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Plan<'_> {
    /// Whether all is what the definitions give.
    pub(super) fn is_current(&self) -> bool {
        self.manifest.is_none() && self.files.values().all(|(change, _)| *change == Change::Same)
    }

    /// The files that changed in a certain way.
    pub(super) fn with(&self, wanted: Change) -> impl Iterator<Item = &str> {
        self.files.iter().filter(move |(_, (change, _))| *change == wanted).map(|(path, _)| path.as_str())
    }
}

/// Writes what differs, removes what is generated no longer, and the manifest last: an interrupted run is finished by the next one.
pub(super) fn apply(plan: &Plan<'_>) -> io::Result<()> {
    let out = &plan.folder;
    for (path, (change, text)) in &plan.files {
        match (change, text) {
            (Change::Same, _) => {}
            (_, Some(text)) => write(&out.join(path), text)?,
            (_, None) => std::fs::remove_file(out.join(path))?,
        }
    }
    match &plan.manifest {
        Some(manifest) => write(&out.join(MANIFEST), manifest),
        None => Ok(()),
    }
}

/// Writes a file beside its place and moves it there, so that nobody ever reads half of it.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, path).inspect_err(|_| {
        // The error to report is the one of the move.
        let _ = std::fs::remove_file(&beside);
    })
}
