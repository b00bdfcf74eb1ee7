-- One-time tokens, by which links sign people in: a keyed hash to find one by, and the sealed value, which administrators
-- can read again.
create table one_time_tokens (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  email TEXT not null,
  lookup_hash BYTES not null,
  sealed BYTES not null,
  -- JSON: what the token is for.
  context TEXT not null,
  -- As it was last set: one whose time is over is expired all the same.
  status TEXT not null check (status in ('active', 'consumed', 'revoked', 'expired')),
  created_at BIGINT not null,
  expires_at BIGINT not null,
  primary key (tenant_id, id)
) STRICT;
create unique index one_time_tokens__lookup_hash on one_time_tokens (tenant_id, lookup_hash);
create index one_time_tokens_by_creation on one_time_tokens (tenant_id, created_at, id);
create index one_time_tokens_by_email on one_time_tokens (tenant_id, email, created_at);
create index one_time_tokens_by_expiry on one_time_tokens (expires_at);
