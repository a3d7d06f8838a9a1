//! The C ABI of Seshat.
