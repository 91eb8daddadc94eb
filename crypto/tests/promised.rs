//! Waiting for what JavaScript promises, in browsers: each wait has its own answer, whatever became of those before.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use js_sys::{Function, Promise};
use tidelock_crypto::{all, promised};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A promise, and what fulfils it.
fn promise() -> (JsValue, Function) {
    let mut fulfil = None;
    let promise = Promise::new(&mut |resolve, _| fulfil = Some(resolve.unchecked_into()));
    (promise.into(), fulfil.unwrap())
}

fn settle(fulfil: &Function, value: u32) {
    fulfil.call1(&JsValue::UNDEFINED, &value.into()).unwrap();
}

/// Waits until what was settled has been told to whoever waits.
async fn told() {
    promised(Ok(Promise::resolve(&JsValue::NULL).into())).await.unwrap();
}

#[wasm_bindgen_test]
async fn an_answer_a_reason_and_what_was_thrown() {
    let value = JsValue::from_str("value");
    assert_eq!(promised(Ok(Promise::resolve(&value).into())).await, Ok(value.clone()));
    assert_eq!(promised(Ok(Promise::reject(&value).into())).await, Err(value.clone()));
    assert_eq!(promised(Err(value.clone())).await, Err(value));
}

#[wasm_bindgen_test]
async fn each_has_its_own_in_whatever_order_they_come() {
    // Twice, so that the second time nothing is new.
    for _ in 0..2 {
        let (promises, fulfil): (Vec<_>, Vec<_>) = (0..16).map(|_| promise()).unzip();
        let waiting = promises.into_iter().map(|promise| promised(Ok(promise))).collect();
        (0..16).rev().for_each(|number| settle(&fulfil[number as usize], number));
        let answers: Vec<JsValue> = all(waiting).await.unwrap();
        assert_eq!(answers, (0..16_u32).map(JsValue::from).collect::<Vec<_>>());
    }
}

#[wasm_bindgen_test]
async fn what_nobody_waits_for_any_longer_is_nobody_elses() {
    let (never_asked, fulfil_never_asked) = promise();
    let (asked, fulfil_asked) = promise();
    let (settled, fulfil_settled) = promise();
    drop(promised(Ok(never_asked)));
    {
        let mut waiting = pin!(promised(Ok(asked)));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let waiting = promised(Ok(settled));
    settle(&fulfil_settled, 1);
    told().await;
    drop(waiting);

    let (later, fulfil_later) = promise();
    let mut later = pin!(promised(Ok(later)));
    settle(&fulfil_never_asked, 2);
    settle(&fulfil_asked, 3);
    told().await;
    let poll = later.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending(), "it has the answer to another's question");
    settle(&fulfil_later, 4);
    told().await;
    let poll = later.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(poll, Poll::Ready(Ok(JsValue::from(4_u32))));
}
