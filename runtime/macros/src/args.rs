//! The arguments of `#[heist::main]` and `#[heist::test]`.
//!
//! [`Args::parse`] checks each argument and their combination; its errors point at the argument at fault and carry
//! Tokio's texts, with the name of the user's crate in the advice.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Ident, Lit, LitStr, Meta, Path, Result, Token};

/// Which of the two macros was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    Main,
    Test,
}

impl Attribute {
    fn name(self) -> &'static str {
        match self {
            Attribute::Main => "main",
            Attribute::Test => "test",
        }
    }
}

/// Which runtime the function is run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    CurrentThread,
    MultiThread,
    Local,
}

/// What the runtime does when a task panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnhandledPanic {
    Ignore,
    ShutdownRuntime,
}

/// The arguments, checked.
pub(crate) struct Args {
    pub(crate) flavor: Flavor,
    pub(crate) worker_threads: Option<usize>,
    pub(crate) start_paused: Option<bool>,
    pub(crate) name: Option<LitStr>,
    pub(crate) unhandled_panic: Option<UnhandledPanic>,
    pub(crate) krate: Option<Path>,
}

impl Args {
    /// What holds when nothing is given.
    pub(crate) fn default_for(attribute: Attribute) -> Args {
        let flavor = match attribute {
            Attribute::Main => Flavor::MultiThread,
            Attribute::Test => Flavor::CurrentThread,
        };
        Args { flavor, worker_threads: None, start_paused: None, name: None, unhandled_panic: None, krate: None }
    }

    /// Reads the tokens between the parentheses of the attribute. `find_crate` names heist for the messages.
    pub(crate) fn parse(attribute: Attribute, tokens: TokenStream, find_crate: fn() -> Path) -> Result<Args> {
        let metas = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(tokens)?;
        let mut given = Given::default();
        for meta in &metas {
            given.take(meta).map_err(|error| error.in_words(meta, attribute, &given, find_crate))?;
        }
        given.check(attribute, find_crate)
    }
}

const EXPECTED: &str = "`flavor`, `worker_threads`, `start_paused`, `crate`, `unhandled_panic`, `name`";

/// The arguments as read so far; each with the place to blame.
#[derive(Default)]
struct Given {
    flavor: Option<(Flavor, Span)>,
    worker_threads: Option<(usize, Span)>,
    start_paused: Option<(bool, Span)>,
    name: Option<(LitStr, Span)>,
    unhandled_panic: Option<(UnhandledPanic, Span)>,
    krate: Option<(Path, Span)>,
}

/// What is wrong with one argument.
enum Fault {
    /// An error that is complete.
    Ready(Error),
    /// A word of tokio 0.2 for a flavour, standing alone: the advice needs the macro's path.
    OldFlavorWord(&'static str),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Ready(error)
    }
}

impl Fault {
    fn in_words(self, meta: &Meta, attribute: Attribute, given: &Given, find_crate: fn() -> Path) -> Error {
        match self {
            Fault::Ready(error) => error,
            Fault::OldFlavorWord(flavor) => Error::new_spanned(
                meta,
                format!("Set the runtime flavor with {}.", given.attribute_with_flavor(attribute, flavor, find_crate)),
            ),
        }
    }
}

impl Given {
    fn take(&mut self, meta: &Meta) -> std::result::Result<(), Fault> {
        let pair = match meta {
            Meta::NameValue(pair) => pair,
            Meta::Path(path) => {
                let word = name_of(path)?;
                return Err(match word.as_str() {
                    "threaded_scheduler" | "multi_thread" => Fault::OldFlavorWord("multi_thread"),
                    "basic_scheduler" | "current_thread" | "single_threaded" => Fault::OldFlavorWord("current_thread"),
                    "flavor" | "worker_threads" | "start_paused" | "crate" | "name" | "unhandled_panic" => {
                        Fault::Ready(Error::new_spanned(meta, format!("The `{word}` attribute requires an argument.")))
                    }
                    _ => Fault::Ready(unknown(meta, &word)),
                });
            }
            Meta::List(_) => return Err(Error::new_spanned(meta, "Unknown attribute inside the macro").into()),
        };
        let (word, value) = (name_of(&pair.path)?, &pair.value);
        match word.as_str() {
            "flavor" => set(&mut self.flavor, "flavor", flavor(value)?, value)?,
            "worker_threads" => set(&mut self.worker_threads, "worker_threads", positive(value)?, value)?,
            "start_paused" => set(&mut self.start_paused, "start_paused", boolean(value)?, value)?,
            "name" => set(&mut self.name, "name", string(value, "name", "string")?, value)?,
            "unhandled_panic" => {
                set(&mut self.unhandled_panic, "unhandled_panic", unhandled_panic(value)?, value)?;
            }
            "crate" => set(&mut self.krate, "crate", path(value)?, value)?,
            "core_threads" => {
                let message = "The `core_threads` option is renamed to `worker_threads`";
                return Err(Error::new_spanned(meta, message).into());
            }
            _ => return Err(unknown(meta, &word).into()),
        }
        Ok(())
    }

    fn check(self, attribute: Attribute, find_crate: fn() -> Path) -> Result<Args> {
        let flavor = self.flavor.map_or(Args::default_for(attribute).flavor, |(flavor, _)| flavor);
        if let (Some((_, span)), true) = (self.worker_threads, flavor != Flavor::MultiThread) {
            return Err(self.requires("worker_threads", "multi_thread", span, attribute, find_crate));
        }
        if let (Some((_, span)), true) = (self.start_paused, flavor == Flavor::MultiThread) {
            return Err(self.requires("start_paused", "current_thread", span, attribute, find_crate));
        }
        if let (Some((UnhandledPanic::ShutdownRuntime, span)), true) =
            (self.unhandled_panic, flavor == Flavor::MultiThread)
        {
            return Err(self.requires("unhandled_panic", "current_thread", span, attribute, find_crate));
        }
        Ok(Args {
            flavor,
            worker_threads: self.worker_threads.map(|(number, _)| number),
            start_paused: self.start_paused.map(|(flag, _)| flag),
            name: self.name.map(|(name, _)| name),
            unhandled_panic: self.unhandled_panic.map(|(behavior, _)| behavior),
            krate: self.krate.map(|(krate, _)| krate),
        })
    }

    fn requires(&self, option: &str, flavor: &str, at: Span, attribute: Attribute, find_crate: fn() -> Path) -> Error {
        let usage = self.attribute_with_flavor(attribute, flavor, find_crate);
        Error::new(at, format!("The `{option}` option requires the `{flavor}` runtime flavor. Use `{usage}`"))
    }

    /// `#[heist::test(flavor = "multi_thread")]`, with the name that the user's crate knows heist by.
    fn attribute_with_flavor(&self, attribute: Attribute, flavor: &str, find_crate: fn() -> Path) -> String {
        let krate = self.krate.as_ref().map_or_else(find_crate, |(krate, _)| krate.clone());
        let krate: Vec<String> = krate.segments.iter().map(|segment| segment.ident.to_string()).collect();
        format!("#[{}::{}(flavor = \"{flavor}\")]", krate.join("::"), attribute.name())
    }
}

fn name_of(path: &Path) -> Result<String> {
    path.get_ident().map(Ident::to_string).ok_or_else(|| Error::new_spanned(path, "Must have specified ident"))
}

fn unknown(meta: &Meta, word: &str) -> Error {
    Error::new_spanned(meta, format!("Unknown attribute {word} is specified; expected one of: {EXPECTED}"))
}

fn set<T>(slot: &mut Option<(T, Span)>, option: &str, value: T, at: &Expr) -> Result<()> {
    if slot.is_some() {
        return Err(Error::new_spanned(at, format!("`{option}` set multiple times.")));
    }
    *slot = Some((value, at.span()));
    Ok(())
}

fn cannot_parse(value: &Expr, option: &str, kind: &str) -> Error {
    Error::new_spanned(value, format!("Failed to parse value of `{option}` as {kind}."))
}

fn string(value: &Expr, option: &str, kind: &str) -> Result<LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text.clone()),
        _ => Err(cannot_parse(value, option, kind)),
    }
}

fn unhandled_panic(value: &Expr) -> Result<UnhandledPanic> {
    let text = string(value, "unhandled_panic", "string")?.value();
    match text.as_str() {
        "ignore" => Ok(UnhandledPanic::Ignore),
        "shutdown_runtime" => Ok(UnhandledPanic::ShutdownRuntime),
        _ => Err(Error::new_spanned(
            value,
            format!(
                "No such unhandled panic behavior `{text}`. The unhandled panic behaviors are: `ignore` and `shutdown_runtime`."
            ),
        )),
    }
}

fn boolean(value: &Expr) -> Result<bool> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Bool(flag), .. }) => Ok(flag.value),
        _ => Err(cannot_parse(value, "start_paused", "bool")),
    }
}

fn positive(value: &Expr) -> Result<usize> {
    let number = match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse::<usize>().ok(),
        _ => None,
    };
    match number {
        Some(0) => Err(Error::new_spanned(value, "`worker_threads` may not be 0.")),
        Some(number) => Ok(number),
        None => Err(cannot_parse(value, "worker_threads", "integer")),
    }
}

fn flavor(value: &Expr) -> Result<Flavor> {
    let text = string(value, "flavor", "string")?.value();
    let message = match text.as_str() {
        "current_thread" => return Ok(Flavor::CurrentThread),
        "multi_thread" => return Ok(Flavor::MultiThread),
        "local" => return Ok(Flavor::Local),
        "single_thread" => "The single threaded runtime flavor is called `current_thread`.".to_owned(),
        "basic_scheduler" => "The `basic_scheduler` runtime flavor has been renamed to `current_thread`.".to_owned(),
        "threaded_scheduler" => {
            "The `threaded_scheduler` runtime flavor has been renamed to `multi_thread`.".to_owned()
        }
        _ => format!(
            "No such runtime flavor `{text}`. The runtime flavors are: `current_thread`, `local`, `multi_thread`."
        ),
    };
    Err(Error::new_spanned(value, message))
}

fn path(value: &Expr) -> Result<Path> {
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = value else {
        return Err(cannot_parse(value, "crate", "path"));
    };
    text.parse_with(Path::parse_mod_style).map_err(|_| {
        let text = text.to_token_stream();
        Error::new_spanned(value, format!("Failed to parse value of `crate` as path: {text}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;
    use syn::parse_quote;

    fn parse(attribute: Attribute, tokens: TokenStream) -> Result<Args> {
        Args::parse(attribute, tokens, || parse_quote!(::heist))
    }

    fn error(attribute: Attribute, tokens: TokenStream) -> String {
        parse(attribute, tokens).err().expect("the arguments are wrong").to_string()
    }

    #[test]
    fn defaults() {
        assert_eq!(parse(Attribute::Main, quote!()).unwrap().flavor, Flavor::MultiThread);
        assert_eq!(parse(Attribute::Test, quote!()).unwrap().flavor, Flavor::CurrentThread);
    }

    #[test]
    fn every_argument() {
        let args = quote!(flavor = "multi_thread", worker_threads = 3, name = "web", crate = "my::heist",);
        let args = parse(Attribute::Test, args).unwrap();
        assert_eq!((args.flavor, args.worker_threads), (Flavor::MultiThread, Some(3)));
        assert_eq!(args.name.unwrap().value(), "web");
        assert_eq!(args.krate.unwrap().to_token_stream().to_string(), "my :: heist");
        let args = parse(Attribute::Test, quote!(start_paused = true)).unwrap();
        assert_eq!(args.start_paused, Some(true));
        assert_eq!(parse(Attribute::Main, quote!(flavor = "local")).unwrap().flavor, Flavor::Local);
        let args = parse(Attribute::Test, quote!(unhandled_panic = "shutdown_runtime")).unwrap();
        assert_eq!(args.unhandled_panic, Some(UnhandledPanic::ShutdownRuntime));
        let args = parse(Attribute::Main, quote!(unhandled_panic = "ignore")).unwrap();
        assert_eq!(args.unhandled_panic, Some(UnhandledPanic::Ignore));
    }

    #[test]
    fn wrong_values() {
        let cases = [
            (quote!(flavor = 4), "Failed to parse value of `flavor` as string."),
            (
                quote!(flavor = "foo"),
                "No such runtime flavor `foo`. The runtime flavors are: `current_thread`, `local`, `multi_thread`.",
            ),
            (quote!(worker_threads = "4"), "Failed to parse value of `worker_threads` as integer."),
            (quote!(worker_threads = -1), "Failed to parse value of `worker_threads` as integer."),
            (quote!(worker_threads = 0), "`worker_threads` may not be 0."),
            (quote!(start_paused = "yes"), "Failed to parse value of `start_paused` as bool."),
            (quote!(crate = 456), "Failed to parse value of `crate` as path."),
            (quote!(crate = "456"), "Failed to parse value of `crate` as path: \"456\""),
            (quote!(name = 1), "Failed to parse value of `name` as string."),
            (quote!(unhandled_panic = true), "Failed to parse value of `unhandled_panic` as string."),
            (
                quote!(unhandled_panic = "abort"),
                "No such unhandled panic behavior `abort`. The unhandled panic behaviors are: `ignore` and \
                 `shutdown_runtime`.",
            ),
            (quote!(name("a")), "Unknown attribute inside the macro"),
            (quote!(flavor), "The `flavor` attribute requires an argument."),
            (quote!(a::b = 1), "Must have specified ident"),
        ];
        for (tokens, message) in cases {
            assert_eq!(error(Attribute::Main, tokens), message);
        }
    }

    #[test]
    fn wrong_names() {
        let unknown = "Unknown attribute foo is specified; expected one of: `flavor`, `worker_threads`, \
                       `start_paused`, `crate`, `unhandled_panic`, `name`";
        assert_eq!(error(Attribute::Main, quote!(foo)), unknown);
        assert_eq!(error(Attribute::Main, quote!(foo = 1)), unknown);
        assert_eq!(
            error(Attribute::Main, quote!(core_threads = 1)),
            "The `core_threads` option is renamed to `worker_threads`"
        );
        assert_eq!(
            error(Attribute::Test, quote!(threaded_scheduler)),
            "Set the runtime flavor with #[heist::test(flavor = \"multi_thread\")]."
        );
    }

    #[test]
    fn wrong_combinations() {
        let worker_threads = "The `worker_threads` option requires the `multi_thread` runtime flavor. \
                              Use `#[heist::test(flavor = \"multi_thread\")]`";
        assert_eq!(error(Attribute::Test, quote!(worker_threads = 4)), worker_threads);
        let start_paused = "The `start_paused` option requires the `current_thread` runtime flavor. \
                            Use `#[tokio::main(flavor = \"current_thread\")]`";
        assert_eq!(error(Attribute::Main, quote!(crate = "tokio", start_paused = true)), start_paused);
        let unhandled_panic = "The `unhandled_panic` option requires the `current_thread` runtime flavor. \
                               Use `#[heist::main(flavor = \"current_thread\")]`";
        assert_eq!(error(Attribute::Main, quote!(unhandled_panic = "shutdown_runtime")), unhandled_panic);
        assert_eq!(error(Attribute::Test, quote!(flavor = "local", flavor = "local")), "`flavor` set multiple times.");
    }
}
