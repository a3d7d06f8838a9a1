//! The HTTP contract of Seshat as one pure function.
