#[heist::main(flavor = "turbo")]
async fn main() {}
