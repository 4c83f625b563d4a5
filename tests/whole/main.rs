//! The whole product: the processes a user starts, on a broker and files of their own.

mod purity;
