//! Waiting for two things at once.

use std::future::poll_fn;
use std::task::Poll;

use super::LocalPending;

/// Waits for both, of which neither has to wait for the other; their results.
pub(super) async fn both<A, B>(mut one: LocalPending<'_, A>, mut other: LocalPending<'_, B>) -> (A, B) {
    let mut results = (None, None);
    poll_fn(|context| {
        if results.0.is_none()
            && let Poll::Ready(result) = one.as_mut().poll(context)
        {
            results.0 = Some(result);
        }
        if results.1.is_none()
            && let Poll::Ready(result) = other.as_mut().poll(context)
        {
            results.1 = Some(result);
        }
        match (results.0.take(), results.1.take()) {
            (Some(one), Some(other)) => Poll::Ready((one, other)),
            unfinished => {
                results = unfinished;
                Poll::Pending
            }
        }
    })
    .await
}
