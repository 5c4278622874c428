//! Tells locked instructions and fences from the others: x86's prefix `lock`, an exchange with memory, `mfence`.
//!
//! Each is a read-modify-write that needs its cache line for itself, or waits for all stores before it. `objdump` says
//! which instructions these are, and `addr2line` where they come from.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::profile::{Place, Profile};

/// A place in the source with such an instruction.
#[derive(Debug)]
pub(crate) struct Site {
    /// Per operation.
    pub(crate) times: f64,
    /// The instruction without its operands.
    instruction: String,
    source: String,
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>8.3}  {:<16} {}", self.times, self.instruction, self.source)
    }
}

/// Looks into programs and remembers what it saw.
#[derive(Debug)]
pub(crate) struct Disassembler {
    root: PathBuf,
    /// By file, then by address.
    locked: HashMap<String, BTreeMap<u64, String>>,
}

impl Disassembler {
    /// Names sources relative to `root`.
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), locked: HashMap::new() }
    }

    /// The locked instructions that the operations have executed, the most frequent first.
    pub(crate) fn locked(&mut self, profiles: &[Profile], operations: u64) -> Result<Vec<Site>, String> {
        let mut counts: BTreeMap<Place, i64> = BTreeMap::new();
        for profile in profiles {
            for (place, times) in profile.differences() {
                *counts.entry(place).or_default() += times;
            }
        }
        let mut sites: BTreeMap<(String, String), f64> = BTreeMap::new();
        for ((file, address), times) in counts {
            let per_operation = times as f64 / operations as f64;
            // What is rarer happens by time rather than by operations.
            if per_operation.abs() < 0.005 {
                continue;
            }
            if let Some(instruction) = self.locked_in(&file)?.get(&address).cloned() {
                let source = self.source(&file, address)?;
                *sites.entry((instruction, source)).or_default() += per_operation;
            }
        }
        let sites = sites.into_iter().map(|((instruction, source), times)| Site { times, instruction, source });
        let mut sites: Vec<Site> = sites.collect();
        sites.sort_by(|a, b| b.times.total_cmp(&a.times));
        Ok(sites)
    }

    fn locked_in(&mut self, file: &str) -> Result<&BTreeMap<u64, String>, String> {
        if !self.locked.contains_key(file) {
            // Not every file is one: callgrind also names what has none.
            let locked = if Path::new(file).is_file() { disassemble(file)? } else { BTreeMap::new() };
            self.locked.insert(file.to_owned(), locked);
        }
        Ok(&self.locked[file])
    }

    fn source(&self, file: &str, address: u64) -> Result<String, String> {
        let output =
            output_of(Command::new("addr2line").args(["-i", "-f", "-C", "-e", file, &format!("{address:#x}")]))?;
        Ok(frame(&output, &self.root.display().to_string()).unwrap_or_else(|| file.to_owned()))
    }
}

fn disassemble(file: &str) -> Result<BTreeMap<u64, String>, String> {
    let text = output_of(Command::new("objdump").args(["--disassemble", "--no-show-raw-insn", file]))?;
    Ok(text.lines().filter_map(locked_instruction).collect())
}

/// The address and the name of the instruction, if it is a locked one or a fence.
fn locked_instruction(line: &str) -> Option<(u64, String)> {
    let (address, instruction) = line.trim_start().split_once(":\t")?;
    let address = u64::from_str_radix(address, 16).ok()?;
    let mut words = instruction.split_whitespace();
    let name = words.next()?;
    let named = match name {
        "lock" => format!("lock {}", words.next()?),
        "mfence" => name.to_owned(),
        // Between two registers it is nothing special.
        _ if name.starts_with("xchg") && instruction.contains('(') => "xchg".to_owned(),
        _ => return None,
    };
    Some((address, named))
}

/// The innermost frame of the workspace in the output of `addr2line`, but for `primitives`, which every lock comes from; or
/// the innermost of all. With it the crate that was called from there, if that is another one.
fn frame(output: &str, root: &str) -> Option<String> {
    let lines: Vec<&str> = output.lines().collect();
    let frames: Vec<(&str, &str)> = lines.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    let is_std = |path: &str| path.starts_with("/rustc/");
    let innermost = frames.iter().find(|(_, path)| !is_std(path)).or(frames.first())?;
    let is_own = |path: &str| path.strip_prefix(root).is_some_and(|path| !path.starts_with("/primitives/"));
    let own = frames.iter().find(|(_, path)| is_own(path)).unwrap_or(innermost);
    let place = own.1.split(" (discriminator").next().unwrap_or(own.1);
    let in_package = |path: &'_ str| {
        path.split_once("/registry/src/").and_then(|(_, path)| Some(path.split_once('/')?.1.to_owned()))
    };
    let shown = in_package(place)
        .unwrap_or_else(|| place.strip_prefix(root).unwrap_or(place).trim_start_matches('/').to_owned());
    let function = own.0.split('<').next().unwrap_or(own.0);
    let via = in_package(innermost.1).filter(|_| own != innermost);
    let via = via.map_or(String::new(), |path| format!(", in {}", path.split('/').next().unwrap_or(&path)));
    Some(format!("{shown} {function}{via}"))
}

fn output_of(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("cannot run {:?}: {error}", command.get_program()))?;
    if !output.status.success() {
        return Err(format!("{:?} fails: {}", command.get_program(), String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locked_instructions_are_found() {
        let found = |line| locked_instruction(line).map(|(_, name)| name);
        assert_eq!(locked_instruction("   8043f:\tlock xadd %rax,(%rdi)"), Some((0x8043f, "lock xadd".to_owned())));
        assert_eq!(found("   1:\tmfence"), Some("mfence".to_owned()));
        assert_eq!(found("   1:\txchg   %rax,0x8(%rbx)"), Some("xchg".to_owned()));
        assert_eq!(found("   1:\txchg   %ax,%ax"), None);
        assert_eq!(found("   1:\tmov    %rax,(%rbx)"), None);
        assert_eq!(found("0000000000001000 <lock>:"), None);
    }

    #[test]
    fn a_frame_of_the_workspace_is_preferred() {
        let output = "fetch_add\n/rustc/1/library/core/atomic.rs:3\nlock\n/c/registry/src/i/parking_lot-1/src/m.rs:7\n\
            lock\n/w/primitives/src/b.rs:3\nheist::f\n/w/runtime/src/a.rs:12\n";
        assert_eq!(frame(output, "/w").unwrap(), "runtime/src/a.rs:12 heist::f, in parking_lot-1");
        assert_eq!(frame("f<T>\n/c/registry/src/i/q-1/m.rs:7\n", "/w").unwrap(), "q-1/m.rs:7 f");
        assert_eq!(frame("f\n/x/m.c:7 (discriminator 2)\n", "/w").unwrap(), "x/m.c:7 f");
    }
}
