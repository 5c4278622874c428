//! `#[heist::main]` and `#[heist::test]` on functions of every shape.

use std::fmt::Debug;
use std::future::ready;

#[heist::test]
async fn a_test() {
    assert_eq!(ready(1).await, 1);
}

#[heist::test]
async fn a_test_with_a_result() -> Result<(), std::num::ParseIntError> {
    let number: u32 = "4".parse()?;
    assert_eq!(number, 4);
    Ok(())
}

#[heist::test]
#[should_panic(expected = "as it should")]
async fn other_attributes_stay() {
    panic!("as it should");
}

#[heist::test(flavor = "multi_thread", worker_threads = 1)]
async fn on_a_worker_thread() {
    assert_eq!(ready("many").await, "many");
}

#[heist::main(flavor = "current_thread")]
async fn with_arguments(mut text: String, more: &str) -> String {
    text.push_str(ready(more).await);
    text
}

#[heist::main(flavor = "current_thread")]
async fn generic<T, const N: usize>(value: T) -> [T; N]
where
    [T; N]: PartialEq,
    T: Clone + Debug,
{
    std::array::from_fn(|_| value.clone())
}

#[heist::main(flavor = "current_thread")]
async fn returning_an_impl(n: u32) -> impl Iterator<Item = u32> {
    if n == 0 {
        return 0..1;
    }
    0..n
}

#[heist::main(flavor = "current_thread")]
async fn returning_early(n: u32) -> Result<u32, String> {
    if n > 3 {
        Err("large")?;
    }
    Ok(n)
}

#[heist::main(flavor = "current_thread", crate = "heist")]
pub(crate) async fn with_qualifiers() -> u8 {
    #![allow(unused_variables)]
    let unused = 1;
    7
}

struct Counter(u32);

impl Counter {
    #[heist::main(flavor = "current_thread")]
    async fn count(&mut self) -> u32 {
        self.0 += ready(1).await;
        self.0
    }

    #[heist::main]
    async fn multi(self) -> Self {
        Self(self.0 + 1)
    }
}

macro_rules! function_from_a_macro {
    ($name:ident $value:expr) => {
        #[heist::main(flavor = "current_thread")]
        async fn $name() -> u32 {
            let body = $value;
            body
        }
    };
}

function_from_a_macro!(made_by_a_macro 3 + 4);

#[test]
fn functions_of_every_shape() {
    assert_eq!(with_arguments("a".to_owned(), "b"), "ab");
    assert_eq!(generic::<_, 2>('x'), ['x', 'x']);
    assert_eq!(returning_an_impl(3).sum::<u32>(), 3);
    assert_eq!(returning_early(3), Ok(3));
    assert_eq!(returning_early(4), Err("large".to_owned()));
    let mut counter = Counter(1);
    assert_eq!(counter.count(), 2);
    assert_eq!(counter.multi().0, 3);
    assert_eq!(made_by_a_macro(), 7);
    assert_eq!(with_qualifiers(), 7);
}
