//! The page at `/`: the routes, and what the runtime is doing.

use std::fmt::Write;

use heist::runtime::Handle;

use crate::stats::Stats;

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta http-equiv=\"refresh\" content=\"1\">
<title>heist</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 44rem; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 }
td, th { border-bottom: 1px solid #ccc; padding: .2rem 1rem .2rem 0; text-align: left; font-variant-numeric: tabular-nums }
</style>
</head>
<body>
<h1>heist</h1>
<ul>
<li><a href=\"/\">/</a>: this page</li>
<li>/echo: sends a POSTed body back</li>
<li><a href=\"/sleep?ms=100\">/sleep?ms=100</a>: answers after a while</li>
<li><a href=\"/hash?rounds=100000\">/hash?rounds=100000</a>: keeps a processor busy</li>
<li><a href=\"/files/README.md\">/files/README.md</a>: a file of the served folder</li>
</ul>
";

/// The page as of now.
pub(crate) fn index(stats: &Stats) -> String {
    let metrics = Handle::current().metrics();
    let mut page = HEAD.to_owned();
    let facts = [
        ("up", format!("{} s", stats.uptime().as_secs())),
        ("connections open", stats.connections().to_string()),
        ("requests served", stats.served().to_string()),
        ("requests in flight", stats.in_flight().to_string()),
        ("tasks alive", metrics.num_alive_tasks().to_string()),
        ("tasks in the global queue", metrics.global_queue_depth().to_string()),
        ("workers", metrics.num_workers().to_string()),
    ];
    page.push_str("<table>\n");
    for (name, value) in facts {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "<tr><th>{name}</th><td>{value}</td></tr>");
    }
    page.push_str("</table>\n<table>\n<tr><th>worker</th><th>times parked</th><th>time busy</th></tr>\n");
    for worker in 0..metrics.num_workers() {
        let parks = metrics.worker_park_count(worker);
        let busy = metrics.worker_total_busy_duration(worker).as_secs_f64();
        let _ = writeln!(page, "<tr><td>{worker}</td><td>{parks}</td><td>{busy:.3} s</td></tr>");
    }
    page.push_str("</table>\n</body>\n</html>\n");
    page
}
