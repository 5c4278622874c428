//! Under which name the crate that is being compiled knows heist.
//!
//! A path like `::heist` in an expansion fails where the manifest renames the dependency, as in
//! `tokio = { package = "heist", … }`, so the manifest is asked.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Ident, Span};
use syn::{Path, parse_quote};

/// Packages that offer heist's API, in the order in which they are looked for: heist itself, then the crate that stands
/// in for tokio.
const PACKAGES: [&str; 2] = ["heist", "tokio"];

/// The absolute path of heist in the crate that is being compiled.
///
/// `::heist` if the manifest names neither package, or cannot be read: the compiler's own error then names the crate
/// that is missing.
pub(crate) fn find() -> Path {
    let name = PACKAGES.into_iter().find_map(|package| match crate_name(package).ok()? {
        // The package's own library, tests and examples; the library says `extern crate self as heist`.
        FoundCrate::Itself => Some(package.to_owned()),
        FoundCrate::Name(name) => Some(name),
    });
    let name = Ident::new(name.as_deref().unwrap_or(PACKAGES[0]), Span::call_site());
    parse_quote!(::#name)
}
