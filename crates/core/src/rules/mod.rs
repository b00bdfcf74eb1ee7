//! The pure rules: decisions that need nothing but their arguments.

pub mod breached;
pub mod identifier;
pub mod password;
pub mod redirect_uri;
pub mod username;
