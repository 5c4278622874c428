#[heist::test]
#[test]
async fn is_a_test_twice() {}

fn main() {}
