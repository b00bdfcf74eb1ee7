//! Values that statements bind.

use soleira_core::Timestamp;

/// A bound value. Times and identifiers bind as what they are stored as.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// Text; JSON is kept as text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

macro_rules! from {
    ($($type:ty => |$value:ident| $made:expr;)*) => { $(
        impl<'a> From<$type> for Value<'a> {
            fn from($value: $type) -> Self {
                $made
            }
        }
    )* };
}

from! {
    i64 => |v| Value::Int(v);
    i32 => |v| Value::Int(v.into());
    u32 => |v| Value::Int(v.into());
    bool => |v| Value::Bool(v);
    Timestamp => |v| Value::Int(v.0);
    &'a str => |v| Value::Text(v);
    &'a String => |v| Value::Text(v);
    &'a [u8] => |v| Value::Bytes(v);
    &'a Vec<u8> => |v| Value::Bytes(v);
    &'a [u8; 32] => |v| Value::Bytes(v);
    &'a soleira_core::TenantId => |v| Value::Text(v.as_str());
    &'a soleira_core::UserId => |v| Value::Text(v.as_str());
    &'a soleira_core::ApplicationId => |v| Value::Text(v.as_str());
    &'a soleira_core::ConnectorId => |v| Value::Text(v.as_str());
    &'a soleira_core::RoleId => |v| Value::Text(v.as_str());
    &'a soleira_core::ScopeId => |v| Value::Text(v.as_str());
    &'a soleira_core::ResourceId => |v| Value::Text(v.as_str());
    &'a soleira_core::SessionUid => |v| Value::Text(v.as_str());
    &'a soleira_core::GrantId => |v| Value::Text(v.as_str());
    &'a soleira_core::InteractionId => |v| Value::Text(v.as_str());
    &'a soleira_core::OrganizationId => |v| Value::Text(v.as_str());
    &'a soleira_core::OrganizationRoleId => |v| Value::Text(v.as_str());
    &'a soleira_core::OrganizationScopeId => |v| Value::Text(v.as_str());
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

// A blanket implementation for `&Option<T>` sends the compiler round in circles.
macro_rules! from_optional {
    ($($type:ty),* $(,)?) => { $(
        impl<'a> From<&'a Option<$type>> for Value<'a> {
            fn from(value: &'a Option<$type>) -> Self {
                value.as_ref().map_or(Value::Null, Into::into)
            }
        }
    )* };
}
from_optional!(
    String,
    Vec<u8>,
    soleira_core::UserId,
    soleira_core::ApplicationId,
    soleira_core::ConnectorId,
    soleira_core::SessionUid,
    soleira_core::GrantId,
);

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput::Borrowed, ValueRef};
        Ok(Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Int(v) => ValueRef::Integer(v),
            Value::Bool(v) => ValueRef::Integer(v.into()),
            Value::Text(v) => ValueRef::Text(v.as_bytes()),
            Value::Bytes(v) => ValueRef::Blob(v),
        }))
    }
}

impl tokio_postgres::types::ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &tokio_postgres::types::Type,
        out: &mut bytes::BytesMut,
    ) -> std::result::Result<tokio_postgres::types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        use tokio_postgres::types::{IsNull, Type};
        match *self {
            Value::Null => Ok(IsNull::Yes),
            // `limit $1` and casts may ask for a narrower type than the BIGINT of our columns.
            Value::Int(v) if *kind == Type::INT4 => i32::try_from(v)?.to_sql(kind, out),
            Value::Int(v) if *kind == Type::INT8 => v.to_sql(kind, out),
            Value::Bool(v) if *kind == Type::BOOL => v.to_sql(kind, out),
            Value::Bytes(v) if *kind == Type::BYTEA => v.to_sql(kind, out),
            Value::Text(v) if <&str as tokio_postgres::types::ToSql>::accepts(kind) => v.to_sql(kind, out),
            _ => Err(format!("{self:?} does not fit {kind}").into()),
        }
    }

    fn accepts(_: &tokio_postgres::types::Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}
