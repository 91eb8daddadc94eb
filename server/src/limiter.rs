//! Rate limits, in memory: a restart forgets them, and that is all they are for.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::config::Rate;
use crate::error::Failure;

/// More keys than this are not kept apart: an attacker with many addresses must not fill the memory.
const MOST_KEYS: usize = 100_000;

#[derive(Clone, Copy, Debug)]
struct Window {
    ends: i64,
    count: u32,
}

/// Counts events by key, in windows of fixed length.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    windows: Mutex<HashMap<String, Window>>,
}

impl Limiter {
    /// Counts one event, unless `key` has used up its `rate`.
    ///
    /// # Errors
    /// [`Failure::RateLimited`] with the seconds until the window ends.
    pub(crate) fn take(&self, key: &str, rate: Rate, now: i64) -> Result<(), Failure> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MOST_KEYS && !windows.contains_key(key) {
            windows.retain(|_, window| window.ends > now);
            if windows.len() >= MOST_KEYS {
                windows.clear();
            }
        }
        let length = i64::try_from(rate.window.as_millis()).unwrap_or(i64::MAX);
        let fresh = Window { ends: now.saturating_add(length), count: 0 };
        let window = windows.entry(key.to_owned()).or_insert(fresh);
        if window.ends <= now {
            *window = fresh;
        }
        if window.count >= rate.count {
            let milliseconds = u64::try_from(window.ends - now).unwrap_or(0);
            return Err(Failure::RateLimited(milliseconds.div_ceil(1000)));
        }
        window.count += 1;
        Ok(())
    }

    /// Takes one event back: it turned out to be none of those that are counted.
    pub(crate) fn give_back(&self, key: &str) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = windows.get_mut(key) {
            window.count = window.count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_window_ends() {
        let limiter = Limiter::default();
        let rate = Rate { count: 2, window: Duration::from_secs(10) };
        assert!(limiter.take("a", rate, 0).is_ok());
        assert!(limiter.take("a", rate, 1_000).is_ok());
        assert!(matches!(limiter.take("a", rate, 1_500), Err(Failure::RateLimited(9))));
        assert!(limiter.take("b", rate, 1_500).is_ok());
        assert!(limiter.take("a", rate, 10_000).is_ok());
        limiter.give_back("a");
        assert!(limiter.take("a", rate, 10_000).is_ok());
        assert!(limiter.take("a", rate, 10_000).is_ok());
        assert!(limiter.take("a", rate, 10_000).is_err());
    }
}
