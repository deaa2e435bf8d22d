//! The file that outlives the process: one JSON line per fact, written before the answer leaves.
//!
//! A line is handed to the operating system in one write, so a killed process loses nothing; only a machine losing
//! power could. A half line at the end is what a kill in the middle of a write leaves, and is cut off at the next start.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::world::Fact;

const FILE_NAME: &str = "journal.jsonl";
const VERSION: u32 = 1;

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system refused.
    #[error("cannot use the sandbox journal {}", path.display())]
    Io {
        /// The journal.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// Another process writes it.
    #[error("another sandbox is using {}; stop it, or choose another MOA_SANDBOX_HOME", .0.display())]
    InUse(PathBuf),
    /// It tells of another world.
    #[error(
        "{} was written with seed {found}, not {wanted}: set MOA_SANDBOX_SEED={found}, or remove the file to start over",
        path.display()
    )]
    OtherSeed {
        /// The journal.
        path: PathBuf,
        /// Its seed.
        found: u64,
        /// The seed asked for.
        wanted: u64,
    },
    /// A line in it makes no sense.
    #[error("{}, line {line} cannot be read; remove the file to start over", path.display())]
    Unreadable {
        /// The journal.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    seed: u64,
}

#[derive(Serialize)]
struct Record<'a> {
    at: DateTime<Utc>,
    fact: &'a Fact,
}

#[derive(Deserialize)]
struct OwnedRecord {
    at: DateTime<Utc>,
    fact: Fact,
}

/// Where facts are kept: in a file, or nowhere.
pub enum Journal {
    Nowhere,
    File {
        file: File,
        path: PathBuf,
        length: u64,
        line: Vec<u8>,
    },
}

impl Journal {
    /// Opens the journal in `home` and hands every fact in it to `replay`, in order.
    pub fn open(
        home: &Path,
        seed: u64,
        mut replay: impl FnMut(DateTime<Utc>, Fact),
    ) -> Result<Self, JournalError> {
        let path = home.join(FILE_NAME);
        let io = |source| JournalError::Io {
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(home).map_err(io)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse(path)),
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        let mut length = 0;
        let mut reader = BufReader::new(&file);
        let mut text = Vec::new();
        for number in 1.. {
            text.clear();
            let read = reader.read_until(b'\n', &mut text).map_err(io)?;
            if text.last() != Some(&b'\n') {
                break;
            }
            let unreadable = |source| JournalError::Unreadable {
                path: path.clone(),
                line: number,
                source,
            };
            if number == 1 {
                let header: Header = serde_json::from_slice(&text).map_err(unreadable)?;
                if header.version != VERSION {
                    let source = serde::de::Error::custom(format!(
                        "version {} is not {VERSION}",
                        header.version
                    ));
                    return Err(unreadable(source));
                }
                if header.seed != seed {
                    return Err(JournalError::OtherSeed {
                        path: path.clone(),
                        found: header.seed,
                        wanted: seed,
                    });
                }
            } else {
                let record: OwnedRecord = serde_json::from_slice(&text).map_err(unreadable)?;
                replay(record.at, record.fact);
            }
            length += read as u64;
        }
        drop(reader);
        file.set_len(length).map_err(io)?;
        file.seek(SeekFrom::Start(length)).map_err(io)?;
        let mut journal = Self::File {
            file,
            path,
            length,
            line: Vec::new(),
        };
        if length == 0 {
            journal.write(|line| {
                append_line(
                    line,
                    &Header {
                        version: VERSION,
                        seed,
                    },
                )
            })?;
        }
        Ok(journal)
    }

    /// Appends facts in one write.
    pub fn append(&mut self, at: DateTime<Utc>, facts: &[Fact]) -> Result<(), JournalError> {
        self.write(|line| {
            facts
                .iter()
                .try_for_each(|fact| append_line(line, &Record { at, fact }))
        })
    }

    fn write(
        &mut self,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<(), serde_json::Error>,
    ) -> Result<(), JournalError> {
        let Self::File {
            file,
            path,
            length,
            line,
        } = self
        else {
            return Ok(());
        };
        line.clear();
        let written = fill(line)
            .map_err(std::io::Error::from)
            .and_then(|()| file.write_all(line));
        if let Err(source) = written {
            // What was half written must not stand before the next line.
            let _ = file
                .set_len(*length)
                .and_then(|()| file.seek(SeekFrom::Start(*length)).map(drop));
            return Err(JournalError::Io {
                path: path.clone(),
                source,
            });
        }
        *length += line.len() as u64;
        Ok(())
    }
}

fn append_line(line: &mut Vec<u8>, value: &impl Serialize) -> Result<(), serde_json::Error> {
    serde_json::to_writer(&mut *line, value)?;
    line.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replayed(home: &Path, seed: u64) -> Result<Vec<String>, JournalError> {
        let mut facts = Vec::new();
        Journal::open(home, seed, |_, fact| {
            facts.push(serde_json::to_string(&fact).unwrap())
        })?;
        Ok(facts)
    }

    fn acknowledged(parcel: i64) -> Fact {
        Fact::Acknowledged {
            parcel,
            at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_half_line_is_cut_off_and_the_rest_kept() {
        let home = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(home.path(), 1, |_, _| {}).unwrap();
        journal
            .append(DateTime::UNIX_EPOCH, &[acknowledged(7)])
            .unwrap();
        drop(journal);
        let path = home.path().join(FILE_NAME);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"at\":\"2026-").unwrap();
        assert_eq!(
            replayed(home.path(), 1).unwrap(),
            [serde_json::to_string(&acknowledged(7)).unwrap()]
        );
        let mut journal = Journal::open(home.path(), 1, |_, _| {}).unwrap();
        journal
            .append(DateTime::UNIX_EPOCH, &[acknowledged(8)])
            .unwrap();
        drop(journal);
        assert_eq!(replayed(home.path(), 1).unwrap().len(), 2);
    }

    #[test]
    fn another_seed_and_a_second_process_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let journal = Journal::open(home.path(), 1, |_, _| {}).unwrap();
        assert!(matches!(
            replayed(home.path(), 1),
            Err(JournalError::InUse(_))
        ));
        drop(journal);
        assert!(matches!(
            replayed(home.path(), 2),
            Err(JournalError::OtherSeed {
                found: 1,
                wanted: 2,
                ..
            })
        ));
    }

    #[test]
    fn a_spoiled_line_is_named() {
        let home = tempfile::tempdir().unwrap();
        drop(Journal::open(home.path(), 1, |_, _| {}).unwrap());
        let path = home.path().join(FILE_NAME);
        OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"garbage\n")
            .unwrap();
        assert!(matches!(
            replayed(home.path(), 1),
            Err(JournalError::Unreadable { line: 2, .. })
        ));
    }
}
