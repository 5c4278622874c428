#[heist::main]
async fn main() -> Result<(), std::io::Error> {
    let answer = 42;
    println!("{answer}");
    answer
}
