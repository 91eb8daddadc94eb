//! The cryptography of Tidelock.
