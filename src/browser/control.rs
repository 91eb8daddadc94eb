//! Progress callbacks and abort signals.

use js_sys::Function;
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

use crate::client::Control;

/// Joins an optional callback of done and total with an optional signal.
pub(crate) fn control(progress: Option<Function>, signal: Option<AbortSignal>) -> Control {
    let control = Control::default().with_signal(signal);
    match progress {
        None => control,
        Some(progress) => control.with_progress(move |done, total| {
            let (done, total) = (JsValue::from_f64(done as f64), JsValue::from_f64(total as f64));
            // What an application's callback throws is the application's; the work goes on.
            let _ = progress.call2(&JsValue::NULL, &done, &total);
        }),
    }
}
