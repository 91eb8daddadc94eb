//! Progress and cancellation of long work.

use std::rc::Rc;

use crate::error::{Error, Result};

type Progress = Rc<dyn Fn(u64, u64)>;
type Cancelled = Rc<dyn Fn() -> bool>;

/// What the caller of a long operation hands in: where to report progress, and whether to stop.
#[derive(Clone, Default)]
pub struct Control {
    progress: Option<Progress>,
    cancelled: Option<Cancelled>,
    /// The signal that also aborts requests under way.
    #[cfg(target_arch = "wasm32")]
    pub(crate) signal: Option<web_sys::AbortSignal>,
}

impl Control {
    /// Reports progress to a function of done and total.
    #[must_use]
    pub fn with_progress(mut self, progress: impl Fn(u64, u64) + 'static) -> Self {
        self.progress = Some(Rc::new(progress));
        self
    }

    /// Asks a function, between requests, whether to stop.
    #[must_use]
    pub fn with_cancellation(mut self, cancelled: impl Fn() -> bool + 'static) -> Self {
        self.cancelled = Some(Rc::new(cancelled));
        self
    }

    /// Stops when an `AbortSignal` says so, in the middle of a request, too.
    #[cfg(target_arch = "wasm32")]
    #[must_use]
    pub fn with_signal(mut self, signal: Option<web_sys::AbortSignal>) -> Self {
        self.signal = signal;
        self
    }

    pub(super) fn report(&self, done: u64, total: u64) {
        if let Some(progress) = &self.progress {
            progress(done, total);
        }
    }

    /// # Errors
    /// [`Error::Aborted`] when the caller wants to stop.
    pub(super) fn check(&self) -> Result<()> {
        let cancelled = self.cancelled.as_ref().is_some_and(|cancelled| cancelled());
        #[cfg(target_arch = "wasm32")]
        let cancelled = cancelled || self.signal.as_ref().is_some_and(web_sys::AbortSignal::aborted);
        if cancelled { Err(Error::Aborted.into()) } else { Ok(()) }
    }
}
