//! Technical indicators, updated bar by bar over a struct of arrays.
