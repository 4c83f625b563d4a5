//! Which identity this process shows the broker: the file it was given, or its own in the folder of a secured broker.

use crate::{registry, secure};
use anyhow::{Result, ensure};
use bellwether_harness::{
    Credentials,
    access::{IMPORTER, OPERATOR},
};
use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

static FILE: OnceLock<PathBuf> = OnceLock::new();
static FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// Takes the file named on the command line; an empty name counts as none.
pub(crate) fn given(file: Option<PathBuf>) {
    if let Some(file) = file.filter(|file| !file.as_os_str().is_empty()) {
        let _ = FILE.set(file);
    }
}

/// The broker is a secured one whose identities are in `folder`.
pub(crate) fn in_folder(folder: &Path) {
    let _ = FOLDER.set(folder.to_owned());
}

/// What a process that is connected as `name` shows the broker; `None` when the broker asks for nothing.
///
/// # Errors
/// When the file cannot be used, or is the identity of another service.
pub(crate) fn of(name: &str) -> Result<Option<Credentials>> {
    let path = match (FILE.get(), FOLDER.get()) {
        (Some(file), _) => file.clone(),
        (None, Some(folder)) => secure::identity(folder, role(name)),
        (None, None) => return Ok(None),
    };
    let credentials = Credentials::read(&path)?;
    let is_service = registry::find(name).is_some();
    ensure!(
        !is_service || credentials.name() == name,
        "{} is the identity of {:?}; this is {name:?}",
        path.display(),
        credentials.name()
    );
    Ok(Some(credentials))
}

/// Whether the operator's identity is at hand beside our own.
pub(crate) fn operator_is_here() -> bool {
    FILE.get().is_none() && FOLDER.get().is_some()
}

fn role(name: &str) -> &str {
    match name {
        "import" | "scan" => IMPORTER,
        _ if registry::find(name).is_some() => name,
        _ => OPERATOR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_themselves_and_commands_have_one_of_two_roles() {
        assert_eq!((role("regime"), role("import"), role("scan")), ("regime", IMPORTER, IMPORTER));
        assert_eq!((role("up"), role("verify"), role("init"), role("ps")), (OPERATOR, OPERATOR, OPERATOR, OPERATOR));
    }
}
