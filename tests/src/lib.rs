//! End-to-end tests; one target per face.
