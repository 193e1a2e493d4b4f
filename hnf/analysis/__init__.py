"""From tidy tables to answers: reconciliation, allocations, rankings, growth, gaps, and the trace of every figure."""
