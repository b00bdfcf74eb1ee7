//! What is read often and changes seldom: anything made from a tenant's configuration, by name and type.
//!
//! Each entry remembers the version of the configuration it was made from. The version is asked for at most once a
//! second, by the request that finds it older than that: an idle server asks nothing, and a node that cannot ask
//! serves nothing stale.

use parking_lot::RwLock;
use quick_cache::Equivalent;
use soleira_core::{Result, TenantId};
use soleira_store::{Db, Tx, db::BoxFuture, tenants};
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// How old a confirmed version may be.
pub const STALENESS: Duration = Duration::from_secs(1);
/// Entries kept over all tenants.
const CAPACITY: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    kind: TypeId,
    tenant: TenantId,
    name: String,
}

/// A [`Key`] to look up with, made without copying: most requests look several up.
#[derive(Hash)]
struct Sought<'a> {
    kind: TypeId,
    tenant: &'a TenantId,
    name: &'a str,
}

impl Equivalent<Key> for Sought<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.kind == key.kind && self.tenant == &key.tenant && self.name == key.name
    }
}

#[derive(Clone)]
struct Entry {
    version: i64,
    value: Arc<dyn Any + Send + Sync>,
}

/// The cache of the process.
pub struct ConfigCache {
    entries: quick_cache::sync::Cache<Key, Entry>,
    versions: RwLock<HashMap<TenantId, (i64, Instant)>>,
}

impl std::fmt::Debug for ConfigCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfigCache")
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl Default for ConfigCache {
    fn default() -> Self {
        Self {
            entries: quick_cache::sync::Cache::new(CAPACITY),
            versions: RwLock::default(),
        }
    }
}

impl ConfigCache {
    /// Asks for the version again at the next use: this node changed it.
    pub fn changed(&self, tenant: &TenantId) {
        self.versions.write().remove(tenant);
    }

    fn confirmed(&self, tenant: &TenantId) -> Option<i64> {
        let versions = self.versions.read();
        let (version, at) = versions.get(tenant)?;
        (at.elapsed() < STALENESS).then_some(*version)
    }

    async fn version(&self, db: &Db, tenant: &TenantId) -> Result<i64> {
        if let Some(version) = self.confirmed(tenant) {
            return Ok(version);
        }
        // Taken before the question: the answer is at least as new.
        let asked = Instant::now();
        let mut reader = db.read().await?;
        let version = tenants::config_version(&mut reader.tx(), tenant)
            .await?
            .unwrap_or_default();
        self.versions.write().insert(tenant.clone(), (version, asked));
        Ok(version)
    }

    /// The value of this type and name, made by `load` if it is not there or stale.
    pub(crate) async fn get<C, T>(
        &self,
        db: &Db,
        tenant: &TenantId,
        name: &str,
        needs: &C,
        load: for<'a, 'c> fn(&'a C, &'a mut Tx<'c>) -> BoxFuture<'a, soleira_store::Result<T>>,
    ) -> Result<Arc<T>>
    where
        C: Send + Sync,
        T: Send + Sync + 'static,
    {
        let version = self.version(db, tenant).await?;
        let sought = Sought {
            kind: TypeId::of::<T>(),
            tenant,
            name,
        };
        if let Some(entry) = self.entries.get(&sought)
            && entry.version == version
            && let Ok(value) = entry.value.downcast::<T>()
        {
            return Ok(value);
        }
        let mut reader = db.read().await?;
        let value = Arc::new(load(needs, &mut reader.tx()).await?);
        // What was loaded is at least as new as `version`: the worst that can happen is one load too many.
        let key = Key {
            kind: TypeId::of::<T>(),
            tenant: tenant.clone(),
            name: name.to_owned(),
        };
        self.entries.insert(
            key,
            Entry {
                version,
                value: value.clone(),
            },
        );
        Ok(value)
    }
}

impl crate::Ctx {
    /// Something made from this tenant's configuration, cached by type and name. `needs` is what `load` works with.
    ///
    /// `load` must read only what configuration writes ([`crate::Ctx::write_config`]) change.
    pub async fn cached<C, T>(
        &self,
        name: &str,
        needs: &C,
        load: for<'a, 'c> fn(&'a C, &'a mut Tx<'c>) -> BoxFuture<'a, soleira_store::Result<T>>,
    ) -> Result<Arc<T>>
    where
        C: Send + Sync,
        T: Send + Sync + 'static,
    {
        self.app
            .cache
            .get(&self.app.db, &self.tenant.id, name, needs, load)
            .await
    }
}
