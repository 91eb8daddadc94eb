use core::future::poll_fn;
use core::pin::Pin;
use core::task::Poll;

/// A boxed future: `Send`, except in WebAssembly, where WebCrypto's promises are not.
///
/// Functions that many others wait for return one instead of being `async`: the compiler would otherwise write their
/// whole state machine again into each caller's, which makes a WebAssembly module half as large again.
#[cfg(not(target_arch = "wasm32"))]
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A boxed future: `Send`, except in WebAssembly, where WebCrypto's promises are not.
///
/// Functions that many others wait for return one instead of being `async`: the compiler would otherwise write their
/// whole state machine again into each caller's, which makes a WebAssembly module half as large again.
#[cfg(target_arch = "wasm32")]
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// How many futures [`all`] waits for at once: more than any engine has threads.
const AT_ONCE: usize = 16;

/// Waits for several futures at once, a few at a time; their results, in their order, or the first error.
///
/// # Errors
/// Theirs.
pub async fn all<F, A, E>(futures: Vec<F>) -> Result<Vec<A>, E>
where
    F: Future<Output = Result<A, E>> + Unpin,
{
    let mut results: Vec<Option<A>> = futures.iter().map(|_| None).collect();
    let mut left = futures.into_iter().zip(&mut results);
    let mut waiting: Vec<(F, &mut Option<A>)> = left.by_ref().take(AT_ONCE).collect();
    poll_fn(|context| {
        let mut index = 0;
        while let Some((future, result)) = waiting.get_mut(index) {
            match Pin::new(future).poll(context)? {
                Poll::Pending => index += 1,
                Poll::Ready(done) => {
                    **result = Some(done);
                    // The next one begins at once, so that there is work for the engine all the time.
                    match left.next() {
                        Some(next) => drop(waiting.get_mut(index).map(|place| *place = next)),
                        None => drop(waiting.remove(index)),
                    }
                }
            }
        }
        if waiting.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await?;
    drop(waiting);
    Ok(results.into_iter().flatten().collect())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use core::future::{poll_fn, ready};
    use core::task::{Context, Poll, Waker};
    use std::cell::Cell;

    use super::*;

    /// Takes several polls, and counts how many of its kind wait at the same time.
    fn slow<'a>(
        number: usize,
        waiting: &'a Cell<usize>,
        most: &'a Cell<usize>,
    ) -> impl Future<Output = Result<usize, ()>> + 'a {
        let mut left = number % 3 + 1;
        poll_fn(move |_| {
            if left == number % 3 + 1 {
                waiting.set(waiting.get() + 1);
                most.set(most.get().max(waiting.get()));
            }
            if left == 0 {
                waiting.set(waiting.get() - 1);
                return Poll::Ready(Ok(number));
            }
            left -= 1;
            Poll::Pending
        })
    }

    fn run<F: Future>(future: F) -> F::Output {
        let mut future = Box::pin(future);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return output;
            }
        }
    }

    #[test]
    fn results_are_in_order_and_a_few_are_waited_for_at_once() {
        let (waiting, most) = (Cell::new(0), Cell::new(0));
        let futures = (0..50).map(|number| slow(number, &waiting, &most)).collect();
        assert_eq!(run(all(futures)), Ok((0..50).collect::<Vec<_>>()));
        assert_eq!((waiting.get(), most.get()), (0, AT_ONCE));
        assert_eq!(run(all(Vec::<core::future::Ready<Result<(), ()>>>::new())), Ok(Vec::new()));
    }

    #[test]
    fn the_first_error_ends_it() {
        let futures = vec![ready(Ok(1)), ready(Err("two")), ready(Err("three"))];
        assert_eq!(run(all(futures)), Err("two"));
    }
}
