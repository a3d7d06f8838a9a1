//! Gives the shared library the name that programs are linked to. It changes when the ABI breaks, which before 1.0
//! is the second part of the version's business and stands for 0.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libseshat.so.0");
}
