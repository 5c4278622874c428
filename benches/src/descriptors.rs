//! How many files and sockets this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a process has open besides the sockets it is asked to hold.
const OTHERS: u64 = 100;

/// Raises this process's limit, if need be, so that it can hold that many sockets.
///
/// # Panics
///
/// If the system does not allow so many.
pub(crate) fn make_room(sockets: usize) {
    let needed = sockets as u64 + OTHERS;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return;
    }
    let most = limit.maximum.unwrap_or(u64::MAX);
    assert!(
        most >= needed,
        "{sockets} sockets need {needed} file descriptors, and the hard limit is {most}: raise it (ulimit -Hn {needed})"
    );
    let raised = Rlimit { current: Some(needed), ..limit };
    setrlimit(Resource::Nofile, raised).expect("a process may raise its limit up to the hard one");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_made_once() {
        let most = getrlimit(Resource::Nofile).maximum.unwrap_or(2000);
        make_room(most.min(2000) as usize - OTHERS as usize);
        let current = getrlimit(Resource::Nofile).current;
        assert!(current.is_none_or(|current| current >= most.min(2000)));
        make_room(1);
        assert_eq!(getrlimit(Resource::Nofile).current, current);
    }

    #[test]
    #[should_panic(expected = "raise it")]
    fn the_hard_limit_is_told() {
        let most = getrlimit(Resource::Nofile).maximum.expect("systems set one");
        make_room(most as usize);
    }
}
