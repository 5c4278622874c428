//! The table for `runtime`.

use heist::runtime;

types! {
    runtime::RuntimeFlavor: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    runtime::Builder: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    runtime::EnterGuard<'static>: [!Send Sync Unpin UnwindSafe RefUnwindSafe]; // Tokio: [!Send Sync Unpin !UnwindSafe !RefUnwindSafe]
    runtime::Handle: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    runtime::Id: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    runtime::LocalOptions: [!Send !Sync Unpin UnwindSafe RefUnwindSafe];
    runtime::LocalRuntime: [!Send !Sync Unpin UnwindSafe RefUnwindSafe];
    runtime::Runtime: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    runtime::RuntimeMetrics: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    runtime::TryCurrentError: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    // What Tokio has behind `--cfg tokio_unstable`.
    runtime::HistogramConfiguration: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    runtime::InvalidHistogramConfiguration: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    runtime::LogHistogram: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    runtime::LogHistogramBuilder: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    runtime::RngSeed: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    runtime::TaskMeta<'static>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    runtime::UnhandledPanic: [Send Sync Unpin UnwindSafe RefUnwindSafe];
}
