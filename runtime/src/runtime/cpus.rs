//! How many processors the process may really use: the default number of workers.
//!
//! The environment decides if it says something; otherwise it is the smaller of the scheduling affinity and of every
//! quota that a control group on the way to the root sets. A quota above the number of processors changes nothing, and
//! a fraction is rounded up: with 1.5 processors, two workers can use what one cannot.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

/// The environment variables that set the number of workers, the most specific first.
const VARIABLES: [&str; 2] = ["HEIST_WORKER_THREADS", "TOKIO_WORKER_THREADS"];

/// The number of workers of a runtime that was not told otherwise.
///
/// # Panics
///
/// If an environment variable sets it to something other than a positive number.
#[track_caller]
pub(crate) fn default_workers() -> usize {
    let from_environment = VARIABLES.into_iter().find_map(|name| Some((name, env::var_os(name)?)));
    match from_environment {
        Some((name, value)) => match parse_workers(name, &value.to_string_lossy()) {
            Ok(workers) => workers,
            Err(message) => panic!("{message}"),
        },
        None => usable(),
    }
}

fn parse_workers(name: &str, value: &str) -> Result<usize, String> {
    match value.trim().parse() {
        Ok(0) => Err(format!(
            "\"{name}\" cannot be set to 0: set it to the number of worker threads, or unset it to have one per processor"
        )),
        Ok(workers) => Ok(workers),
        Err(error) => Err(format!(
            "\"{name}\" must be usize, error: {error}, value: {value}: set it to the number of worker threads, or unset \
             it to have one per processor"
        )),
    }
}

/// The processors that this process may use, at least 1.
fn usable() -> usize {
    let quota = quota(Path::new("/proc/self"), Path::new("/"));
    affinity().min(quota.unwrap_or(usize::MAX)).max(1)
}

/// The processors that the operating system lets this thread run on.
#[cfg(target_os = "linux")]
fn affinity() -> usize {
    match rustix::thread::sched_getaffinity(None) {
        Ok(set) => set.count() as usize,
        // More processors than the set has room for: the standard library asks with a larger one.
        Err(_) => available_parallelism(),
    }
}

/// The processors that the operating system lets this thread run on.
#[cfg(not(target_os = "linux"))]
fn affinity() -> usize {
    available_parallelism()
}

fn available_parallelism() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// The tightest limit of the control groups that the process at `proc` (`/proc/self`) is in. `root` stands before
/// every path found in the mount table.
fn quota(proc: &Path, root: &Path) -> Option<usize> {
    let groups = fs::read_to_string(proc.join("cgroup")).ok()?;
    let mounts = fs::read_to_string(proc.join("mountinfo")).ok()?;
    let v2 = group_path(&groups, Version::V2).and_then(|group| {
        let mount = find_mount(&mounts, Version::V2)?;
        tightest(root, &mount, group, |directory| parse_cpu_max(&read(directory, "cpu.max")?))
    });
    let v1 = group_path(&groups, Version::V1).and_then(|group| {
        let mount = find_mount(&mounts, Version::V1)?;
        tightest(root, &mount, group, |directory| {
            parse_cfs(&read(directory, "cpu.cfs_quota_us")?, &read(directory, "cpu.cfs_period_us")?)
        })
    });
    [v2, v1].into_iter().flatten().min()
}

/// The two hierarchies of control groups. A process can be in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    V1,
    V2,
}

/// Where a hierarchy is mounted.
#[derive(Debug, PartialEq, Eq)]
struct Mount {
    /// The group that is the top of what the mount shows; `/` outside containers.
    top: String,
    /// The directory of that group.
    point: PathBuf,
}

/// The group of the process in `/proc/self/cgroup`, whose lines are `number:controllers:path`.
fn group_path(groups: &str, version: Version) -> Option<&str> {
    groups.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':');
        let (number, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
        let wanted = match version {
            Version::V2 => number == "0" && controllers.is_empty(),
            Version::V1 => controllers.split(',').any(|controller| controller == "cpu"),
        };
        wanted.then_some(path)
    })
}

/// The mount of the hierarchy in `/proc/self/mountinfo`, whose lines are
/// `id parent device top point options [optional…] - type source super-options`.
fn find_mount(mounts: &str, version: Version) -> Option<Mount> {
    mounts.lines().find_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let mut after = after.split(' ');
        let (kind, _source, options) = (after.next()?, after.next()?, after.next().unwrap_or(""));
        let wanted = match version {
            Version::V2 => kind == "cgroup2",
            Version::V1 => kind == "cgroup" && options.split(',').any(|option| option == "cpu"),
        };
        let mut before = before.split(' ').skip(3);
        let (top, point) = (before.next()?, before.next()?);
        wanted.then(|| Mount { top: unescape(top), point: PathBuf::from(unescape(point)) })
    })
}

/// Undoes the octal escapes (`\040` is a space) of the mount table.
fn unescape(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut rest = field;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 4).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        let (character, length) = code.map_or(('\\', 1), |code| (char::from(code), 4));
        text.push(character);
        rest = &rest[at + length..];
    }
    text.push_str(rest);
    text
}

/// The smallest limit on the way from the process's group up to the top of the mount: the limit of a group holds for
/// all groups below it.
fn tightest(root: &Path, mount: &Mount, group: &str, limit: impl Fn(&Path) -> Option<usize>) -> Option<usize> {
    let top = root.join(mount.point.strip_prefix("/").unwrap_or(&mount.point));
    // In a container the mount may show only the container's own part of the hierarchy.
    let relative = Path::new(group).strip_prefix(&mount.top).unwrap_or(Path::new(""));
    let below = top.join(relative);
    below.ancestors().take_while(|directory| directory.starts_with(&top)).filter_map(limit).min()
}

fn read(directory: &Path, name: &str) -> Option<String> {
    fs::read_to_string(directory.join(name)).ok()
}

/// The limit in `cpu.max`: `quota period` in microseconds, or `max` for none. A malformed file limits nothing.
fn parse_cpu_max(text: &str) -> Option<usize> {
    let mut fields = text.split_ascii_whitespace();
    let quota = fields.next()?;
    processors(quota, fields.next().unwrap_or("100000"))
}

/// The limit in `cpu.cfs_quota_us` (-1 for none) and `cpu.cfs_period_us`.
fn parse_cfs(quota: &str, period: &str) -> Option<usize> {
    processors(quota.trim(), period.trim())
}

fn processors(quota: &str, period: &str) -> Option<usize> {
    let (quota, period) = (quota.parse::<u64>().ok()?, period.parse::<u64>().ok()?);
    if quota == 0 || period == 0 {
        return None;
    }
    usize::try_from(quota.div_ceil(period)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// A directory that stands for `/` and is removed at the end.
    struct Root(PathBuf);

    impl Root {
        fn new() -> Self {
            static NEXT: AtomicU32 = AtomicU32::new(0);
            let name = format!("heist-cpus-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            Self(env::temp_dir().join(name))
        }

        fn write(&self, path: &str, content: &str) -> &Self {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
            self
        }

        fn quota(&self) -> Option<usize> {
            quota(&self.0.join("proc"), &self.0)
        }
    }

    impl Drop for Root {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const V2_MOUNT: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
    const V1_MOUNT: &str = "31 23 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:5 - cgroup cgroup rw,cpu,cpuacct\n";

    fn v2(group: &str) -> Root {
        let root = Root::new();
        root.write("proc/cgroup", &format!("0::{group}\n")).write("proc/mountinfo", V2_MOUNT);
        root
    }

    fn v1(group: &str) -> Root {
        let root = Root::new();
        let groups = format!("5:memory:/\n4:cpu,cpuacct:{group}\n0::/\n");
        root.write("proc/cgroup", &groups).write("proc/mountinfo", V1_MOUNT);
        root
    }

    #[test]
    fn cpu_max() {
        assert_eq!(parse_cpu_max("200000 100000\n"), Some(2));
        assert_eq!(parse_cpu_max("150000 100000\n"), Some(2));
        assert_eq!(parse_cpu_max("100001 100000"), Some(2));
        assert_eq!(parse_cpu_max("1000 100000"), Some(1));
        assert_eq!(parse_cpu_max("300000"), Some(3));
        assert_eq!(parse_cpu_max("max 100000\n"), None);
    }

    #[test]
    fn malformed_limits_are_ignored() {
        for text in ["", "\n", "many 100000", "-5 100000", "100000 0", "100000 x", "0 100000"] {
            assert_eq!(parse_cpu_max(text), None, "{text:?}");
        }
        for (quota, period) in [("-1\n", "100000\n"), ("", "100000"), ("100000", ""), ("1", "0")] {
            assert_eq!(parse_cfs(quota, period), None, "{quota:?} {period:?}");
        }
        assert_eq!(parse_cfs("250000\n", "100000\n"), Some(3));
    }

    #[test]
    fn groups_are_found() {
        let groups = "12:cpuset:/other\n4:cpu,cpuacct:/a:b\n1:name=systemd:/x\n0::/user.slice/app\n";
        assert_eq!(group_path(groups, Version::V2), Some("/user.slice/app"));
        assert_eq!(group_path(groups, Version::V1), Some("/a:b"));
        assert_eq!(group_path("nonsense\n::\n", Version::V2), None);
        assert_eq!(group_path("", Version::V1), None);
    }

    #[test]
    fn mounts_are_found() {
        let point = |text: &str| PathBuf::from(text);
        let mounts = format!("22 1 8:1 / / rw - ext4 /dev/sda rw\n{V2_MOUNT}{V1_MOUNT}");
        let v2 = Mount { top: "/".into(), point: point("/sys/fs/cgroup") };
        assert_eq!(find_mount(&mounts, Version::V2), Some(v2));
        let v1 = Mount { top: "/".into(), point: point("/sys/fs/cgroup/cpu,cpuacct") };
        assert_eq!(find_mount(&mounts, Version::V1), Some(v1));
        let odd = "1 2 0:1 /docker/x /a\\040b rw - cgroup2 c rw\n";
        assert_eq!(find_mount(odd, Version::V2), Some(Mount { top: "/docker/x".into(), point: point("/a b") }));
        assert_eq!(find_mount("cgroup2\n1 2 - cgroup2\n - \n", Version::V2), None);
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(unescape("plain"), "plain");
        assert_eq!(unescape(r"a\040b\134"), r"a b\");
        assert_eq!(unescape(r"a\9"), r"a\9");
    }

    #[test]
    fn every_ancestor_limits() {
        let root = v2("/outer/inner");
        root.write("sys/fs/cgroup/outer/inner/cpu.max", "400000 100000\n");
        assert_eq!(root.quota(), Some(4));
        root.write("sys/fs/cgroup/outer/cpu.max", "150000 100000\n");
        assert_eq!(root.quota(), Some(2));
        root.write("sys/fs/cgroup/cpu.max", "garbage");
        assert_eq!(root.quota(), Some(2));
        root.write("sys/fs/cpu.max", "100000 100000\n");
        assert_eq!(root.quota(), Some(2), "what is above the mount is no control group");
    }

    #[test]
    fn the_first_version_limits_too() {
        let root = v1("/outer/inner");
        root.write("sys/fs/cgroup/cpu,cpuacct/outer/inner/cpu.cfs_quota_us", "-1\n");
        root.write("sys/fs/cgroup/cpu,cpuacct/outer/inner/cpu.cfs_period_us", "100000\n");
        assert_eq!(root.quota(), None);
        root.write("sys/fs/cgroup/cpu,cpuacct/outer/cpu.cfs_quota_us", "250000\n");
        root.write("sys/fs/cgroup/cpu,cpuacct/outer/cpu.cfs_period_us", "100000\n");
        assert_eq!(root.quota(), Some(3));
    }

    #[test]
    fn in_a_container_the_mount_is_the_groups_own() {
        let root = Root::new();
        let mount = "30 23 0:26 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        root.write("proc/cgroup", "0::/docker/x/sub\n").write("proc/mountinfo", mount);
        root.write("sys/fs/cgroup/sub/cpu.max", "300000 100000");
        root.write("sys/fs/cgroup/cpu.max", "200000 100000");
        assert_eq!(root.quota(), Some(2));
    }

    #[test]
    fn no_control_groups_no_limit() {
        assert_eq!(Root::new().quota(), None);
        assert_eq!(v2("/nowhere").quota(), None);
        assert!(usable() >= 1);
    }

    #[test]
    fn the_environment_is_checked() {
        assert_eq!(parse_workers("X", "3"), Ok(3));
        assert_eq!(parse_workers("X", " 3\n"), Ok(3));
        assert!(parse_workers("X", "0").unwrap_err().starts_with("\"X\" cannot be set to 0"));
        for value in ["", "-1", "two", "1.5"] {
            assert!(parse_workers("X", value).unwrap_err().starts_with("\"X\" must be usize"), "{value:?}");
        }
    }
}
