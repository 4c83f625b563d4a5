//! Output of the breadth worker.
