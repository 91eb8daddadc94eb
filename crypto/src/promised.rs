//! What functions of JavaScript promise, as futures.
//!
//! `JsFuture` of `js-sys` makes two closures for each promise, and the runtime an entry in its registry of what is to be
//! collected for each closure. Wrapping a key waits four times, where the operations themselves take some tens of
//! microseconds; so closures are kept here, and serve the next promise.

use std::cell::{OnceCell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::Promise;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsError, JsValue};

thread_local! {
    /// What waits for no promise: as many as once waited for some at the same time.
    static FREE: RefCell<Vec<Rc<Slot>>> = const { RefCell::new(Vec::new()) };
}

/// Waits for what a function promised that was called.
///
/// # Errors
/// What it threw, or what its promise is rejected with.
pub fn promised(called: Result<JsValue, JsValue>) -> Promised {
    let slot = FREE.with_borrow_mut(Vec::pop).unwrap_or_else(Slot::new);
    match (called, slot.callbacks.get()) {
        (Ok(promise), Some((fulfilled, rejected))) => {
            let _ = promise.unchecked_into::<Promise>().then_with_reject(fulfilled, rejected);
        }
        (answer, _) => slot.settle(answer),
    }
    Promised(slot)
}

/// The future of [`promised`]. Dropping it does not stop what was called.
pub struct Promised(Rc<Slot>);

/// Two callbacks of which one promise calls one, and what became of it.
struct Slot {
    state: RefCell<State>,
    callbacks: OnceCell<(Callback, Callback)>,
}

type Callback = Closure<dyn FnMut(JsValue) -> Result<(), JsError>>;

enum State {
    Pending(Option<Waker>),
    Settled(Result<JsValue, JsValue>),
    /// The answer was taken.
    Taken,
    /// Nobody waits any longer.
    Dropped,
}

impl Slot {
    fn new() -> Rc<Self> {
        let slot = Rc::new(Self { state: RefCell::new(State::Pending(None)), callbacks: OnceCell::new() });
        let callback = |answer: fn(JsValue) -> Result<JsValue, JsValue>| {
            let slot = Rc::clone(&slot);
            Closure::new(move |value| {
                slot.settle(answer(value));
                Ok(())
            })
        };
        let _ = slot.callbacks.set((callback(Ok), callback(Err)));
        slot
    }

    fn settle(self: &Rc<Self>, answer: Result<JsValue, JsValue>) {
        match self.state.replace(State::Settled(answer)) {
            State::Pending(Some(waker)) => waker.wake(),
            State::Dropped => self.free(),
            _ => {}
        }
    }

    /// Lets the next promise have it.
    fn free(self: &Rc<Self>) {
        self.state.replace(State::Pending(None));
        FREE.with_borrow_mut(|free| free.push(Rc::clone(self)));
    }
}

impl Future for Promised {
    type Output = Result<JsValue, JsValue>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.0.state.replace(State::Taken) {
            State::Settled(answer) => Poll::Ready(answer),
            _ => {
                self.0.state.replace(State::Pending(Some(context.waker().clone())));
                Poll::Pending
            }
        }
    }
}

impl Drop for Promised {
    fn drop(&mut self) {
        if let State::Pending(_) = self.0.state.replace(State::Dropped) {
            return;
        }
        self.0.free();
    }
}
