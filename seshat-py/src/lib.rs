//! The Python module `seshat._seshat`.
