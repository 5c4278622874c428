//! A guard that can write must not be taken for one of a value with a shorter lifetime.

use heist::sync::{
    MappedMutexGuard, MutexGuard, OwnedMappedMutexGuard, OwnedRwLockMappedWriteGuard, RwLockMappedWriteGuard,
    RwLockWriteGuard,
};

type Text = &'static str;

fn mutex<'a>(guard: MutexGuard<'a, Text>) -> MutexGuard<'a, &'a str> {
    guard
}

fn mapped_mutex<'a>(guard: MappedMutexGuard<'a, Text>) -> MappedMutexGuard<'a, &'a str> {
    guard
}

fn owned_mapped_mutex<'a>(guard: OwnedMappedMutexGuard<u8, Text>) -> OwnedMappedMutexGuard<u8, &'a str> {
    guard
}

fn write<'a>(guard: RwLockWriteGuard<'a, Text>) -> RwLockWriteGuard<'a, &'a str> {
    guard
}

fn mapped_write<'a>(guard: RwLockMappedWriteGuard<'a, Text>) -> RwLockMappedWriteGuard<'a, &'a str> {
    guard
}

fn owned_mapped_write<'a>(
    guard: OwnedRwLockMappedWriteGuard<u8, Text>,
) -> OwnedRwLockMappedWriteGuard<u8, &'a str> {
    guard
}

fn main() {}
