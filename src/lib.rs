//! Tidelock: end-to-end encrypted sharing of health data.
