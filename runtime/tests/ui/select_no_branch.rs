async fn nothing() {
    heist::select! {}
}

fn main() {
    drop(nothing());
}
