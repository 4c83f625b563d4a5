//! The breadth worker: how many symbols take part in the market's move.
