//! Rows of either engine, and what can be read from them.

use super::{Error, Result};
use soleira_core::Timestamp;

/// A row of either engine.
#[derive(Debug)]
pub enum Row<'a> {
    /// A row of SQLite.
    Sqlite(&'a rusqlite::Row<'a>),
    /// A row of PostgreSQL.
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// The column at this place, counted from zero.
    pub fn at<T: Column>(&self, index: usize) -> Result<T> {
        T::read(self, index)
    }
}

/// A type that a row can be made into.
pub trait FromRow: Sized {
    /// Reads it.
    fn from_row(row: &Row<'_>) -> Result<Self>;
}

/// A type that a column can be read as.
pub trait Column: Sized {
    /// Reads it.
    fn read(row: &Row<'_>, index: usize) -> Result<Self>;
}

macro_rules! primitive {
    ($($type:ty),*) => { $(
        impl Column for $type {
            fn read(row: &Row<'_>, index: usize) -> Result<Self> {
                match row {
                    Row::Sqlite(row) => row.get(index).map_err(Error::decode),
                    Row::Postgres(row) => row.try_get(index).map_err(Error::decode),
                }
            }
        }
        impl Column for Option<$type> {
            fn read(row: &Row<'_>, index: usize) -> Result<Self> {
                match row {
                    Row::Sqlite(row) => row.get(index).map_err(Error::decode),
                    Row::Postgres(row) => row.try_get(index).map_err(Error::decode),
                }
            }
        }
        impl FromRow for $type {
            fn from_row(row: &Row<'_>) -> Result<Self> {
                row.at(0)
            }
        }
        impl FromRow for Option<$type> {
            fn from_row(row: &Row<'_>) -> Result<Self> {
                row.at(0)
            }
        }
    )* };
}
primitive!(i64, bool, String, Vec<u8>);

macro_rules! from_text {
    ($($type:ty),*) => { $(
        impl Column for $type {
            fn read(row: &Row<'_>, index: usize) -> Result<Self> {
                String::read(row, index).map(Self::from)
            }
        }
        impl Column for Option<$type> {
            fn read(row: &Row<'_>, index: usize) -> Result<Self> {
                Ok(Option::<String>::read(row, index)?.map(<$type>::from))
            }
        }
        impl FromRow for $type {
            fn from_row(row: &Row<'_>) -> Result<Self> {
                row.at(0)
            }
        }
    )* };
}
from_text!(
    soleira_core::TenantId,
    soleira_core::UserId,
    soleira_core::ApplicationId,
    soleira_core::ConnectorId,
    soleira_core::RoleId,
    soleira_core::ScopeId,
    soleira_core::ResourceId,
    soleira_core::SessionUid,
    soleira_core::GrantId,
    soleira_core::InteractionId,
    soleira_core::OrganizationId,
    soleira_core::OrganizationRoleId,
    soleira_core::OrganizationScopeId
);

impl Column for Timestamp {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        i64::read(row, index).map(Self)
    }
}

impl Column for Option<Timestamp> {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        Ok(Option::<i64>::read(row, index)?.map(Timestamp))
    }
}

impl FromRow for Timestamp {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.at(0)
    }
}

/// A column that holds JSON text.
#[derive(Debug, Clone, PartialEq)]
pub struct Json<T>(pub T);

impl<T: serde::de::DeserializeOwned> Column for Json<T> {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        Ok(Self(serde_json::from_str(&String::read(row, index)?)?))
    }
}

impl<T: serde::de::DeserializeOwned> Column for Option<Json<T>> {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        let text = Option::<String>::read(row, index)?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?.map(Json))
    }
}

macro_rules! tuple {
    ($($name:ident $index:tt),*) => {
        impl<$($name: Column),*> FromRow for ($($name,)*) {
            fn from_row(row: &Row<'_>) -> Result<Self> {
                Ok(($(row.at::<$name>($index)?,)*))
            }
        }
    };
}
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
