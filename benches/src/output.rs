//! The files of a report: `NAME.md`, `NAME.svg` and, for the samples, `NAME.jsonl`, all in one folder. Nothing that exists
//! is written over.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// What a run writes, and what is written where the samples are there already.
pub(crate) const ALL: &[&str] = &["md", "svg", "jsonl"];
pub(crate) const WITHOUT_SAMPLES: &[&str] = &["md", "svg"];

/// A folder, and a name in it.
#[derive(Debug)]
pub(crate) struct Output {
    folder: PathBuf,
    name: String,
}

impl Output {
    /// Makes the folder if it is not there, and finds a name for these files: the one asked for, or the first that is
    /// free of `usual`, `usual-2`, `usual-3` and so on.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made, or the name asked for is taken.
    pub(crate) fn new(folder: &Path, asked: Option<&str>, usual: &str, files: &[&str]) -> Result<Self, String> {
        fs::create_dir_all(folder).map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
        let named = |name: &str| Self { folder: folder.to_owned(), name: name.to_owned() };
        if let Some(asked) = asked {
            return named(asked).if_free(files);
        }
        let with_number = |number: u32| if number == 1 { usual.to_owned() } else { format!("{usual}-{number}") };
        let free = (1..=1000).find_map(|number| named(&with_number(number)).if_free(files).ok());
        free.ok_or_else(|| format!("all names that begin with {usual} are taken in {}", folder.display()))
    }

    /// The file for the samples, made now, so that a folder in which nothing can be written is noticed.
    pub(crate) fn samples(&self) -> Result<File, String> {
        let path = self.path("jsonl");
        File::create_new(&path).map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    /// Writes the report.
    pub(crate) fn markdown(&self, text: &str) -> Result<(), String> {
        self.write("md", text)
    }

    /// Writes the picture.
    pub(crate) fn picture(&self, svg: &str) -> Result<(), String> {
        self.write("svg", svg)
    }

    /// How the report names the picture.
    pub(crate) fn picture_name(&self) -> String {
        format!("{}.svg", self.name)
    }

    fn write(&self, extension: &str, text: &str) -> Result<(), String> {
        let path = self.path(extension);
        fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        eprintln!("wrote {}", path.display());
        Ok(())
    }

    fn if_free(self, files: &[&str]) -> Result<Self, String> {
        match files.iter().map(|extension| self.path(extension)).find(|path| path.exists()) {
            Some(path) => Err(format!("{} exists already: name another with --name", path.display())),
            None => Ok(self),
        }
    }

    fn path(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn files_go_where_they_were_announced() {
        let scratch = Scratch::new().unwrap();
        let folder = scratch.path().join("a/b");
        let output = Output::new(&folder, None, "today", ALL).unwrap();
        output.samples().unwrap();
        output.markdown("# text").unwrap();
        output.picture("<svg/>").unwrap();
        assert_eq!(fs::read_to_string(folder.join("today.md")).unwrap(), "# text");
        assert_eq!(fs::read_to_string(folder.join(output.picture_name())).unwrap(), "<svg/>");
        assert!(folder.join("today.jsonl").exists());
    }

    #[test]
    fn nothing_is_written_over() {
        let scratch = Scratch::new().unwrap();
        for taken in ["today.md", "today-2.jsonl", "mine.svg"] {
            fs::write(scratch.path().join(taken), "").unwrap();
        }
        let output = Output::new(scratch.path(), None, "today", ALL).unwrap();
        assert_eq!(output.picture_name(), "today-3.svg");
        let error = Output::new(scratch.path(), Some("mine"), "today", ALL).unwrap_err();
        assert!(error.ends_with("mine.svg exists already: name another with --name"), "{error}");
        let beside = Output::new(scratch.path(), None, "today-2", WITHOUT_SAMPLES).unwrap();
        assert_eq!(beside.picture_name(), "today-2.svg", "the samples may be there");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let scratch = Scratch::new().unwrap();
        let file = scratch.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Output::new(&file.join("folder"), None, "today", ALL).unwrap_err();
        assert!(error.starts_with("cannot make the folder ") && error.contains("file/folder"), "{error}");
        let output = Output::new(scratch.path(), None, "today", ALL).unwrap();
        output.samples().unwrap();
        let error = output.samples().unwrap_err();
        assert!(error.starts_with("cannot write "), "{error}");
    }
}
