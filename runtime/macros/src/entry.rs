//! Writes the plain function that stands for an `async fn`.
//!
//! The body is passed on token by token, so a half-typed one still reaches the compiler (and an editor's completion)
//! under the right signature. Errors of type in the body point to its last statement, as in a plain function, because
//! the call of `block_on` carries that statement's span.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute as Attr, Block, Error, Path, Result, Signature, Visibility, braced, parse2, token};

use crate::args::{Args, Attribute, Flavor, UnhandledPanic};

/// The expansion of `attribute` with `args` on `item`.
///
/// Where something is wrong the error comes with the function all the same: otherwise the compiler would go on to say
/// that `main` is missing.
pub(crate) fn expand(
    attribute: Attribute,
    args: TokenStream,
    item: TokenStream,
    find_crate: fn() -> Path,
) -> TokenStream {
    let function = match parse2::<AsyncFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => return with_error(item, &error),
    };
    let args = match function.check(attribute).and_then(|()| Args::parse(attribute, args, find_crate)) {
        Ok(args) => args,
        Err(error) => {
            let plain = function.into_plain(attribute, &Args::default_for(attribute), find_crate);
            return with_error(plain, &error);
        }
    };
    function.into_plain(attribute, &args, find_crate)
}

fn with_error(mut tokens: TokenStream, error: &Error) -> TokenStream {
    tokens.extend(error.to_compile_error());
    tokens
}

/// A function whose body has not been looked into.
struct AsyncFn {
    outer: Vec<Attr>,
    visibility: Visibility,
    signature: Signature,
    brace: token::Brace,
    inner: Vec<Attr>,
    body: TokenStream,
}

impl Parse for AsyncFn {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let body;
        Ok(AsyncFn {
            outer: input.call(Attr::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
            brace: braced!(body in input),
            inner: body.call(Attr::parse_inner)?,
            body: body.parse()?,
        })
    }
}

impl AsyncFn {
    fn check(&self, attribute: Attribute) -> Result<()> {
        if attribute == Attribute::Test {
            if let Some(second) = self.outer.iter().find(|attr| is_test(attr)) {
                let message = "second test attribute is supplied, consider removing or changing the order of your test attributes";
                return Err(Error::new_spanned(second, message));
            }
        }
        if self.signature.asyncness.is_none() {
            let message = "the `async` keyword is missing from the function declaration";
            return Err(Error::new_spanned(self.signature.fn_token, message));
        }
        if attribute == Attribute::Main && self.signature.ident == "main" && !self.signature.inputs.is_empty() {
            return Err(Error::new_spanned(&self.signature.inputs, "the main function cannot accept arguments"));
        }
        Ok(())
    }

    fn into_plain(self, attribute: Attribute, args: &Args, find_crate: fn() -> Path) -> TokenStream {
        let AsyncFn { outer, visibility, mut signature, brace, inner, body } = self;
        signature.asyncness = None;

        let last = LastStatement::of(&body, brace.span.join());
        let mut block = TokenStream::new();
        brace.surround(&mut block, |tokens| body.to_tokens(tokens));
        let run = run(args, find_crate, last);
        let test = (attribute == Attribute::Test).then(|| quote!(#[::core::prelude::v1::test]));

        // A `return` and not a tail expression, because the lints are to be allowed for our own expression alone.
        let mut plain = TokenStream::new();
        brace.surround(&mut plain, |tokens| {
            tokens.append_all(&inner);
            // The variable's span says whose it is, so it has to be the same here and in `run`.
            let variable = quote_spanned!(last.end=> body);
            tokens.extend(quote! {
                let #variable = async #block;
                #[allow(
                    clippy::diverging_sub_expression,
                    clippy::expect_used,
                    clippy::needless_return,
                    clippy::unwrap_in_result,
                )]
                {
                    #run
                }
            });
        });
        quote! {
            #(#outer)*
            #test
            #visibility #signature #plain
        }
    }
}

/// `return <a runtime>.block_on(body);`
///
/// The compiler marks an expression from its first token to its last one.
fn run(args: &Args, find_crate: fn() -> Path, last: LastStatement) -> TokenStream {
    let LastStatement { start, end } = last;
    let krate = respanned(args.krate.clone().unwrap_or_else(find_crate).to_token_stream(), start);
    let constructor = match args.flavor {
        Flavor::MultiThread => quote_spanned!(start=> new_multi_thread),
        Flavor::CurrentThread | Flavor::Local => quote_spanned!(start=> new_current_thread),
    };
    let settings = [
        args.worker_threads.map(|number| quote_spanned!(start=> .worker_threads(#number))),
        args.start_paused.map(|flag| quote_spanned!(start=> .start_paused(#flag))),
        args.name.as_ref().map(|name| quote_spanned!(start=> .name(#name))),
        args.unhandled_panic.map(|behavior| {
            let behavior = match behavior {
                UnhandledPanic::Ignore => quote_spanned!(start=> Ignore),
                UnhandledPanic::ShutdownRuntime => quote_spanned!(start=> ShutdownRuntime),
            };
            quote_spanned!(start=> .unhandled_panic(#krate::runtime::UnhandledPanic::#behavior))
        }),
    ];
    let settings = settings.into_iter().flatten();
    let build = match args.flavor {
        Flavor::Local => {
            quote_spanned!(start=> .build_local(#krate::runtime::LocalOptions::default()))
        }
        Flavor::CurrentThread | Flavor::MultiThread => quote_spanned!(start=> .build()),
    };
    let block_on = quote_spanned!(end=> .block_on(body));
    quote_spanned! {start=>
        return #krate::runtime::Builder::#constructor()
            #(#settings)*
            .enable_all()
            #build
            .expect("Failed building the Runtime")
            #block_on;
    }
}

/// Where the value of a body comes from.
#[derive(Clone, Copy)]
struct LastStatement {
    start: Span,
    end: Span,
}

impl LastStatement {
    /// All of `body` if it cannot be parsed, and `otherwise` if it is empty.
    fn of(body: &TokenStream, otherwise: Span) -> LastStatement {
        let statements = Block::parse_within.parse2(body.clone()).unwrap_or_default();
        let tokens = statements.last().map_or_else(|| body.clone(), ToTokens::to_token_stream);
        let start = tokens.clone().into_iter().next().map_or(otherwise, |token| token.span());
        let end = tokens.into_iter().last().map_or(otherwise, |token| last_span(&token));
        LastStatement { start, end }
    }
}

fn respanned(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            token.set_span(span);
            token
        })
        .collect()
}

fn last_span(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) => group.span_close(),
        other => other.span(),
    }
}

/// True for `#[test]` and the paths that mean the same.
fn is_test(attr: &Attr) -> bool {
    let segments: Vec<String> = attr.path().segments.iter().map(|segment| segment.ident.to_string()).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    matches!(segments[..], ["test"] | ["core" | "std", "prelude", _, "test"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    fn heist() -> Path {
        parse_quote!(::heist)
    }

    /// The expansion, or the text of its `compile_error!`.
    fn expanded(attribute: Attribute, args: TokenStream, item: TokenStream) -> std::result::Result<String, String> {
        let tokens = expand(attribute, args, item, heist);
        let file = parse2::<syn::File>(tokens.clone()).expect("the expansion is a list of items");
        for item in &file.items {
            if let syn::Item::Macro(item) = item {
                assert!(item.mac.path.segments.last().is_some_and(|segment| segment.ident == "compile_error"));
                return Err(item.mac.tokens.to_string());
            }
        }
        Ok(tokens.to_string())
    }

    fn body_of(attribute: Attribute, args: TokenStream) -> String {
        let text = expanded(
            attribute,
            args,
            quote!(
                async fn f() {}
            ),
        )
        .unwrap();
        let start = text.rfind("return").expect("it returns");
        text[start..].split(';').next().unwrap().replace(' ', "")
    }

    #[test]
    fn main_builds_a_multi_thread_runtime() {
        assert_eq!(
            body_of(Attribute::Main, quote!()),
            "return::heist::runtime::Builder::new_multi_thread().enable_all().build()\
             .expect(\"FailedbuildingtheRuntime\").block_on(body)"
        );
    }

    #[test]
    fn test_builds_a_current_thread_runtime() {
        let body = body_of(Attribute::Test, quote!(start_paused = true, crate = "tokio"));
        assert!(body.starts_with("returntokio::runtime::Builder::new_current_thread().start_paused(true)"), "{body}");
    }

    #[test]
    fn arguments_reach_the_builder() {
        let body = body_of(Attribute::Test, quote!(flavor = "multi_thread", worker_threads = 2, name = "n"));
        assert!(body.contains("new_multi_thread().worker_threads(2usize).name(\"n\").enable_all()"), "{body}");
        let body = body_of(Attribute::Test, quote!(unhandled_panic = "shutdown_runtime"));
        assert!(body.contains(".unhandled_panic(::heist::runtime::UnhandledPanic::ShutdownRuntime)"), "{body}");
        let body = body_of(Attribute::Main, quote!(flavor = "local"));
        assert!(body.contains(".build_local(::heist::runtime::LocalOptions::default())"), "{body}");
    }

    #[test]
    fn the_signature_is_kept() {
        let item = quote! {
            /// Documented.
            #[inline]
            pub(crate) async fn f<T: Clone>(x: &T, mut n: u8) -> impl Sized where T: Send {
                #![allow(unused)]
                x.clone()
            }
        };
        let text = expanded(Attribute::Main, quote!(), item).unwrap();
        let signature = quote! {
            #[inline]
            pub(crate) fn f<T: Clone>(x: &T, mut n: u8) -> impl Sized where T: Send
        };
        assert!(text.contains(&signature.to_string()), "{text}");
        let body = quote!(
            {
                #![allow(unused)]
                let body = async { x.clone() };
            }
        );
        assert!(text.contains(body.to_string().trim_end_matches(" }")), "{text}");
    }

    #[test]
    fn test_marks_the_function() {
        let text = expanded(
            Attribute::Test,
            quote!(),
            quote!(
                #[ignore]
                async fn f() {}
            ),
        )
        .unwrap();
        let start = quote!(#[ignore] #[::core::prelude::v1::test] fn f()).to_string();
        assert!(text.starts_with(&start), "{text}");
    }

    #[test]
    fn functions_that_do_not_fit() {
        let missing = "\"the `async` keyword is missing from the function declaration\"";
        assert_eq!(
            expanded(
                Attribute::Main,
                quote!(),
                quote!(
                    fn main() {}
                )
            )
            .unwrap_err(),
            missing
        );
        let arguments = "\"the main function cannot accept arguments\"";
        assert_eq!(
            expanded(
                Attribute::Main,
                quote!(),
                quote!(
                    async fn main(_: u8) {}
                )
            )
            .unwrap_err(),
            arguments
        );
        for second in [quote!(#[test]), quote!(#[::core::prelude::v1::test]), quote!(#[std::prelude::v1::test])] {
            let error = expanded(Attribute::Test, quote!(), quote!(#second async fn f() {})).unwrap_err();
            assert!(error.starts_with("\"second test attribute is supplied"), "{error}");
        }
        assert!(
            expanded(
                Attribute::Main,
                quote!(),
                quote!(
                    #[test]
                    async fn f() {}
                )
            )
            .is_ok()
        );
    }

    #[test]
    fn an_error_leaves_the_function_behind() {
        let tokens = expand(Attribute::Main, quote!(foo), quote!(async fn main() { 1 + }), heist).to_string();
        assert!(tokens.starts_with("fn main"), "{tokens}");
        assert!(tokens.contains("1 +"), "{tokens}");
    }
}
