//! (empty until its first part lands)
