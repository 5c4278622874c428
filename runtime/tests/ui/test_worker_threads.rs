#[heist::test(worker_threads = 4)]
async fn runs_on_four_threads() {}

fn main() {}
