-- Types are placeholders that `dialect::ddl` spells for each engine. Every row carries its tenant. Times are
-- milliseconds since the epoch. JSON is text. Unique indexes are named <table>__<last column>.

create table tenants (
  id TEXT primary key,
  name TEXT not null,
  config_version BIGINT not null,
  created_at BIGINT not null
) STRICT;

-- What belongs to the installation and to no tenant: the check value of the key-encryption key, …
create table installation (
  key TEXT primary key,
  value BYTES not null
) STRICT;

-- Settings that have a row each: oidc.session, idToken, adminConsole, …
create table configs (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  key TEXT not null,
  value TEXT not null,
  updated_at BIGINT not null,
  primary key (tenant_id, key)
) STRICT;

-- Signing keys of tokens (use `oidc`) and keys of cookies (use `cookie`), sealed.
create table signing_keys (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  purpose TEXT not null check (purpose in ('oidc', 'cookie')),
  status TEXT not null check (status in ('next', 'current', 'previous')),
  algorithm TEXT not null,
  sealed BYTES not null,
  created_at BIGINT not null,
  effective_at BIGINT,
  primary key (tenant_id, id)
) STRICT;
create index signing_keys_by_purpose on signing_keys (tenant_id, purpose, created_at);

create table sign_in_experiences (
  tenant_id TEXT primary key references tenants (id) on delete cascade,
  value TEXT not null,
  created_at BIGINT not null,
  updated_at BIGINT not null,
  version BIGINT not null
) STRICT;

create table account_centers (
  tenant_id TEXT primary key references tenants (id) on delete cascade,
  value TEXT not null,
  updated_at BIGINT not null
) STRICT;

create table users (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  username TEXT,
  -- The username as the tenant's policy compares it: as it is, or folded.
  username_key TEXT,
  username_folded TEXT,
  primary_email TEXT,
  primary_email_folded TEXT,
  primary_phone TEXT,
  name TEXT,
  name_folded TEXT,
  avatar TEXT,
  profile TEXT not null,
  custom_data TEXT not null,
  password_digest TEXT,
  password_method TEXT,
  password_updated_at BIGINT,
  is_password_expired BOOLEAN not null,
  is_suspended BOOLEAN not null,
  application_id TEXT,
  last_sign_in_at BIGINT,
  created_at BIGINT not null,
  updated_at BIGINT not null,
  version BIGINT not null,
  primary key (tenant_id, id)
) STRICT;
create unique index users__username_key on users (tenant_id, username_key);
create unique index users__primary_email_folded on users (tenant_id, primary_email_folded);
create unique index users__primary_phone on users (tenant_id, primary_phone);
create index users_by_username_folded on users (tenant_id, username_folded);
create index users_by_creation on users (tenant_id, created_at, id);

create table user_identities (
  tenant_id TEXT not null,
  user_id TEXT not null,
  target TEXT not null,
  identity_id TEXT not null,
  connector_id TEXT,
  details TEXT,
  created_at BIGINT not null,
  updated_at BIGINT not null,
  primary key (tenant_id, user_id, target),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
) STRICT;
create unique index user_identities__identity_id on user_identities (tenant_id, target, identity_id);

create table applications (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  name TEXT not null,
  name_folded TEXT not null,
  description TEXT,
  type TEXT not null,
  oidc_client_metadata TEXT not null,
  custom_client_metadata TEXT not null,
  protected_app_metadata TEXT,
  custom_data TEXT not null,
  is_third_party BOOLEAN not null,
  app_level_access_control_enabled BOOLEAN not null,
  -- The guide that the Console shows for it, and the first sign-in that ends the guide.
  guide TEXT,
  first_sign_in_at BIGINT,
  created_at BIGINT not null,
  updated_at BIGINT not null,
  version BIGINT not null,
  primary key (tenant_id, id)
) STRICT;
create index applications_by_creation on applications (tenant_id, created_at, id);

create table application_secrets (
  tenant_id TEXT not null,
  application_id TEXT not null,
  name TEXT not null,
  lookup_hash BYTES not null,
  sealed BYTES not null,
  created_at BIGINT not null,
  expires_at BIGINT,
  primary key (tenant_id, application_id, name),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade
) STRICT;
create unique index application_secrets__lookup_hash on application_secrets (tenant_id, application_id, lookup_hash);

create table resources (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  name TEXT not null,
  indicator TEXT not null,
  is_default BOOLEAN not null,
  access_token_ttl BIGINT not null,
  created_at BIGINT not null,
  primary key (tenant_id, id)
) STRICT;
create unique index resources__indicator on resources (tenant_id, indicator);

create table scopes (
  tenant_id TEXT not null,
  id TEXT not null,
  resource_id TEXT not null,
  name TEXT not null,
  description TEXT,
  created_at BIGINT not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, resource_id) references resources (tenant_id, id) on delete cascade
) STRICT;
create unique index scopes__name on scopes (tenant_id, resource_id, name);

create table roles (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  name TEXT not null,
  description TEXT not null,
  type TEXT not null,
  is_default BOOLEAN not null,
  created_at BIGINT not null,
  primary key (tenant_id, id)
) STRICT;
create unique index roles__name on roles (tenant_id, name);

create table roles_scopes (
  tenant_id TEXT not null,
  role_id TEXT not null,
  scope_id TEXT not null,
  primary key (tenant_id, role_id, scope_id),
  foreign key (tenant_id, role_id) references roles (tenant_id, id) on delete cascade,
  foreign key (tenant_id, scope_id) references scopes (tenant_id, id) on delete cascade
) STRICT;
create index roles_scopes_by_scope on roles_scopes (tenant_id, scope_id);

create table users_roles (
  tenant_id TEXT not null,
  user_id TEXT not null,
  role_id TEXT not null,
  primary key (tenant_id, user_id, role_id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
  foreign key (tenant_id, role_id) references roles (tenant_id, id) on delete cascade
) STRICT;
create index users_roles_by_role on users_roles (tenant_id, role_id);

create table applications_roles (
  tenant_id TEXT not null,
  application_id TEXT not null,
  role_id TEXT not null,
  primary key (tenant_id, application_id, role_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade,
  foreign key (tenant_id, role_id) references roles (tenant_id, id) on delete cascade
) STRICT;
create index applications_roles_by_role on applications_roles (tenant_id, role_id);

create table organizations (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  name TEXT not null,
  name_folded TEXT not null,
  description TEXT,
  custom_data TEXT not null,
  is_mfa_required BOOLEAN not null,
  created_at BIGINT not null,
  updated_at BIGINT not null,
  version BIGINT not null,
  primary key (tenant_id, id)
) STRICT;

create table organization_roles (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  name TEXT not null,
  description TEXT,
  type TEXT not null,
  primary key (tenant_id, id)
) STRICT;
create unique index organization_roles__name on organization_roles (tenant_id, name);

create table organization_scopes (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  name TEXT not null,
  description TEXT,
  primary key (tenant_id, id)
) STRICT;
create unique index organization_scopes__name on organization_scopes (tenant_id, name);

create table organization_role_scopes (
  tenant_id TEXT not null,
  organization_role_id TEXT not null,
  organization_scope_id TEXT not null,
  primary key (tenant_id, organization_role_id, organization_scope_id),
  foreign key (tenant_id, organization_role_id) references organization_roles (tenant_id, id) on delete cascade,
  foreign key (tenant_id, organization_scope_id) references organization_scopes (tenant_id, id) on delete cascade
) STRICT;

create table organization_users (
  tenant_id TEXT not null,
  organization_id TEXT not null,
  user_id TEXT not null,
  primary key (tenant_id, organization_id, user_id),
  foreign key (tenant_id, organization_id) references organizations (tenant_id, id) on delete cascade,
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
) STRICT;
create index organization_users_by_user on organization_users (tenant_id, user_id);

create table organization_users_roles (
  tenant_id TEXT not null,
  organization_id TEXT not null,
  user_id TEXT not null,
  organization_role_id TEXT not null,
  primary key (tenant_id, organization_id, user_id, organization_role_id),
  foreign key (tenant_id, organization_id, user_id)
    references organization_users (tenant_id, organization_id, user_id) on delete cascade,
  foreign key (tenant_id, organization_role_id) references organization_roles (tenant_id, id) on delete cascade
) STRICT;

create table connectors (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  factory_id TEXT not null,
  type TEXT not null,
  target TEXT not null,
  -- Empty where the factory has none (mail and text messages).
  platform TEXT not null,
  sync_profile BOOLEAN not null,
  enable_token_storage BOOLEAN not null,
  sealed_config BYTES not null,
  metadata TEXT not null,
  created_at BIGINT not null,
  updated_at BIGINT not null,
  version BIGINT not null,
  primary key (tenant_id, id)
) STRICT;
create unique index connectors__platform on connectors (tenant_id, type, target, platform);

-- A browser's session with the authorization server. The cookie's value rotates, the uid stays.
create table sessions (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  uid TEXT not null,
  id_hash BYTES not null,
  user_id TEXT,
  authenticated_at BIGINT,
  -- Proof against forged confirmation of signing out; absent unless one is under way.
  logout_state TEXT,
  created_at BIGINT not null,
  updated_at BIGINT not null,
  expires_at BIGINT not null,
  primary key (tenant_id, uid),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
) STRICT;
create unique index sessions__id_hash on sessions (tenant_id, id_hash);
create index sessions_by_user on sessions (tenant_id, user_id);
create index sessions_by_expiry on sessions (expires_at);

create table grants (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  user_id TEXT not null,
  client_id TEXT not null,
  openid_scope TEXT not null,
  -- JSON: {"<resource indicator>": "scope scope"}
  resources TEXT not null,
  -- JSON: what was asked for and refused, {"openid"?: "…", "resources"?: {…}}
  rejected TEXT not null,
  created_at BIGINT not null,
  expires_at BIGINT not null,
  revoked_at BIGINT,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
) STRICT;
create index grants_by_user on grants (tenant_id, user_id, client_id);
create index grants_by_client on grants (tenant_id, client_id);
create index grants_by_expiry on grants (expires_at);

-- What a session allowed to each client.
create table session_clients (
  tenant_id TEXT not null,
  session_uid TEXT not null,
  client_id TEXT not null,
  sid TEXT not null,
  grant_id TEXT not null,
  -- Whether the grant outlives the session (offline_access).
  persists_logout BOOLEAN not null,
  primary key (tenant_id, session_uid, client_id),
  foreign key (tenant_id, session_uid) references sessions (tenant_id, uid) on delete cascade
) STRICT;
create index session_clients_by_grant on session_clients (tenant_id, grant_id);

create table authorization_codes (
  tenant_id TEXT not null,
  code_hash BYTES not null,
  grant_id TEXT not null,
  client_id TEXT not null,
  user_id TEXT not null,
  session_uid TEXT not null,
  sid TEXT,
  redirect_uri TEXT not null,
  code_challenge TEXT,
  scope TEXT not null,
  -- JSON array of resource indicators.
  resources TEXT not null,
  nonce TEXT,
  auth_time BIGINT,
  expires_with_session BOOLEAN not null,
  cnf TEXT,
  created_at BIGINT not null,
  expires_at BIGINT not null,
  consumed_at BIGINT,
  primary key (tenant_id, code_hash),
  foreign key (tenant_id, grant_id) references grants (tenant_id, id) on delete cascade
) STRICT;
create index authorization_codes_by_grant on authorization_codes (tenant_id, grant_id);
create index authorization_codes_by_expiry on authorization_codes (expires_at);

create table refresh_tokens (
  tenant_id TEXT not null,
  token_hash BYTES not null,
  grant_id TEXT not null,
  client_id TEXT not null,
  user_id TEXT not null,
  session_uid TEXT not null,
  sid TEXT,
  scope TEXT not null,
  resources TEXT not null,
  nonce TEXT,
  auth_time BIGINT,
  -- When the first token of the chain was issued.
  chain_started_at BIGINT not null,
  rotations BIGINT not null,
  expires_with_session BOOLEAN not null,
  cnf TEXT,
  created_at BIGINT not null,
  expires_at BIGINT not null,
  consumed_at BIGINT,
  primary key (tenant_id, token_hash),
  foreign key (tenant_id, grant_id) references grants (tenant_id, id) on delete cascade
) STRICT;
create index refresh_tokens_by_grant on refresh_tokens (tenant_id, grant_id);
create index refresh_tokens_by_user on refresh_tokens (tenant_id, user_id);
create index refresh_tokens_by_expiry on refresh_tokens (expires_at);

-- Opaque access tokens. JWTs are never stored.
create table access_tokens (
  tenant_id TEXT not null,
  token_hash BYTES not null,
  grant_id TEXT not null,
  client_id TEXT not null,
  user_id TEXT not null,
  session_uid TEXT not null,
  sid TEXT,
  scope TEXT not null,
  audience TEXT,
  extra TEXT,
  expires_with_session BOOLEAN not null,
  cnf TEXT,
  created_at BIGINT not null,
  expires_at BIGINT not null,
  primary key (tenant_id, token_hash),
  foreign key (tenant_id, grant_id) references grants (tenant_id, id) on delete cascade
) STRICT;
create index access_tokens_by_grant on access_tokens (tenant_id, grant_id);
create index access_tokens_by_user on access_tokens (tenant_id, user_id);
create index access_tokens_by_expiry on access_tokens (expires_at);

-- An authorization request that waits for its person: a versioned JSON document.
create table interactions (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  client_id TEXT not null,
  value TEXT not null,
  version BIGINT not null,
  created_at BIGINT not null,
  updated_at BIGINT not null,
  expires_at BIGINT not null,
  consumed_at BIGINT,
  primary key (tenant_id, id)
) STRICT;
create index interactions_by_expiry on interactions (expires_at);

-- Attempts to prove who one is, for the lockout.
create table sentinel_activities (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  target_hash BYTES not null,
  action TEXT not null,
  succeeded BOOLEAN not null,
  decision TEXT not null,
  decision_expires_at BIGINT not null,
  created_at BIGINT not null,
  primary key (tenant_id, id)
) STRICT;
create index sentinel_activities_by_target on sentinel_activities (tenant_id, target_hash, created_at);
create index sentinel_activities_by_time on sentinel_activities (created_at);

create table logs (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  key TEXT not null,
  payload TEXT not null,
  user_id TEXT,
  application_id TEXT,
  created_at BIGINT not null,
  primary key (tenant_id, id)
) STRICT;
create index logs_by_time on logs (tenant_id, created_at, id);
create index logs_by_user on logs (tenant_id, user_id, created_at);
create index logs_by_application on logs (tenant_id, application_id, created_at);

-- What changed, by whom: undo, drift and the audit trail grow from it. Secrets are sealed.
create table changes (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  entity TEXT not null,
  entity_id TEXT not null,
  before_value BYTES,
  after_value BYTES,
  actor TEXT not null,
  created_at BIGINT not null,
  primary key (tenant_id, id)
) STRICT;
create index changes_by_entity on changes (tenant_id, entity, entity_id, created_at);

-- An operator's session with the Console: its own, so that signing in or out of applications does not touch it.
create table console_sessions (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id_hash BYTES not null,
  user_id TEXT not null,
  created_at BIGINT not null,
  expires_at BIGINT not null,
  primary key (tenant_id, id_hash),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
) STRICT;
create index console_sessions_by_user on console_sessions (tenant_id, user_id);
create index console_sessions_by_expiry on console_sessions (expires_at);
