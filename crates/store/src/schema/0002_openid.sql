-- The rest of the OpenID provider: organizations and their permissions, consent of third-party applications, access
-- rules, device codes, pushed requests, subject and personal tokens, scripts for claims, counters of use.

alter table organizations add column color TEXT;
alter table organizations add column branding TEXT;
alter table organizations add column custom_css TEXT;
-- A person's tokens are found by their grants: two indexes fewer to write at each issuance.
drop index access_tokens_by_user;
drop index refresh_tokens_by_user;

-- Most audit rows are about no user, and some about no application.
drop index logs_by_user;
drop index logs_by_application;
create index logs_by_user on logs (tenant_id, user_id, created_at) where user_id is not null;
create index logs_by_application on logs (tenant_id, application_id, created_at) where application_id is not null;

create index organizations_by_creation on organizations (tenant_id, created_at, id);
create index resources_by_creation on resources (tenant_id, created_at, id);
-- At most one resource is meant when a request names none.
create unique index resources__default on resources (tenant_id) where is_default;
create index scopes_by_creation on scopes (tenant_id, resource_id, created_at, id);
create index roles_by_creation on roles (tenant_id, created_at, id);

-- The client of a metadata document (its id is a URL) that made the person's account.
alter table users add column cimd_client_id TEXT;

-- Permissions on API resources that an organization role gives.
create table organization_role_resource_scopes (
  tenant_id TEXT not null,
  organization_role_id TEXT not null,
  scope_id TEXT not null,
  primary key (tenant_id, organization_role_id, scope_id),
  foreign key (tenant_id, organization_role_id) references organization_roles (tenant_id, id) on delete cascade,
  foreign key (tenant_id, scope_id) references scopes (tenant_id, id) on delete cascade
) STRICT;
create index organization_role_resource_scopes_by_scope on organization_role_resource_scopes (tenant_id, scope_id);

create table organization_applications (
  tenant_id TEXT not null,
  organization_id TEXT not null,
  application_id TEXT not null,
  primary key (tenant_id, organization_id, application_id),
  foreign key (tenant_id, organization_id) references organizations (tenant_id, id) on delete cascade,
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade
) STRICT;
create index organization_applications_by_application on organization_applications (tenant_id, application_id);
create index organization_role_scopes_by_scope on organization_role_scopes (tenant_id, organization_scope_id);
create index organization_users_roles_by_role on organization_users_roles (tenant_id, organization_role_id);

create table organization_applications_roles (
  tenant_id TEXT not null,
  organization_id TEXT not null,
  application_id TEXT not null,
  organization_role_id TEXT not null,
  primary key (tenant_id, organization_id, application_id, organization_role_id),
  foreign key (tenant_id, organization_id, application_id)
    references organization_applications (tenant_id, organization_id, application_id) on delete cascade,
  foreign key (tenant_id, organization_role_id) references organization_roles (tenant_id, id) on delete cascade
) STRICT;
create index organization_applications_roles_by_role
  on organization_applications_roles (tenant_id, organization_role_id);

-- What a third-party application may ask people for.
create table application_consent_user_scopes (
  tenant_id TEXT not null,
  application_id TEXT not null,
  scope TEXT not null,
  primary key (tenant_id, application_id, scope),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade
) STRICT;
create table application_consent_resource_scopes (
  tenant_id TEXT not null,
  application_id TEXT not null,
  scope_id TEXT not null,
  primary key (tenant_id, application_id, scope_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade,
  foreign key (tenant_id, scope_id) references scopes (tenant_id, id) on delete cascade
) STRICT;
create table application_consent_organization_scopes (
  tenant_id TEXT not null,
  application_id TEXT not null,
  organization_scope_id TEXT not null,
  primary key (tenant_id, application_id, organization_scope_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade,
  foreign key (tenant_id, organization_scope_id) references organization_scopes (tenant_id, id) on delete cascade
) STRICT;
create table application_consent_organization_resource_scopes (
  tenant_id TEXT not null,
  application_id TEXT not null,
  scope_id TEXT not null,
  primary key (tenant_id, application_id, scope_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade,
  foreign key (tenant_id, scope_id) references scopes (tenant_id, id) on delete cascade
) STRICT;

-- Organizations that a person opened to a third-party application. Ends with the membership.
create table application_consent_organizations (
  tenant_id TEXT not null,
  application_id TEXT not null,
  organization_id TEXT not null,
  user_id TEXT not null,
  primary key (tenant_id, application_id, organization_id, user_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade,
  foreign key (tenant_id, organization_id, user_id)
    references organization_users (tenant_id, organization_id, user_id) on delete cascade
) STRICT;
create index application_consent_organizations_by_user
  on application_consent_organizations (tenant_id, user_id, application_id);

-- The same for a client of a metadata document: one organization a grant.
create table grant_organizations (
  tenant_id TEXT not null,
  grant_id TEXT not null,
  organization_id TEXT not null,
  user_id TEXT not null,
  primary key (tenant_id, grant_id),
  foreign key (tenant_id, grant_id) references grants (tenant_id, id) on delete cascade,
  foreign key (tenant_id, organization_id, user_id)
    references organization_users (tenant_id, organization_id, user_id) on delete cascade
) STRICT;
create index grant_organizations_by_member on grant_organizations (tenant_id, organization_id, user_id);

-- What clients of metadata documents may ask people for, in the whole tenant.
create table cimd_consent_scopes (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  kind TEXT not null check (kind in ('user', 'resource', 'organization', 'organization_resource')),
  -- A standard scope's name for `user`, else the id of a scope.
  scope TEXT not null,
  primary key (tenant_id, kind, scope)
) STRICT;

-- How a third-party application presents itself on the consent page.
create table application_sign_in_experiences (
  tenant_id TEXT not null,
  application_id TEXT not null,
  value TEXT not null,
  updated_at BIGINT not null,
  primary key (tenant_id, application_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade
) STRICT;

-- Who may use an application whose access is controlled. Each row is one rule; people pass by any.
create table application_access_users (
  tenant_id TEXT not null,
  application_id TEXT not null,
  user_id TEXT not null,
  primary key (tenant_id, application_id, user_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade,
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
) STRICT;
create index application_access_users_by_user on application_access_users (tenant_id, user_id);
create table application_access_roles (
  tenant_id TEXT not null,
  application_id TEXT not null,
  role_id TEXT not null,
  primary key (tenant_id, application_id, role_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade,
  foreign key (tenant_id, role_id) references roles (tenant_id, id) on delete cascade
) STRICT;
create index application_access_roles_by_role on application_access_roles (tenant_id, role_id);
create table application_access_organizations (
  tenant_id TEXT not null,
  application_id TEXT not null,
  organization_id TEXT not null,
  primary key (tenant_id, application_id, organization_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade,
  foreign key (tenant_id, organization_id) references organizations (tenant_id, id) on delete cascade
) STRICT;
create index application_access_organizations_by_organization
  on application_access_organizations (tenant_id, organization_id);
create table application_access_organization_roles (
  tenant_id TEXT not null,
  application_id TEXT not null,
  organization_id TEXT not null,
  organization_role_id TEXT not null,
  primary key (tenant_id, application_id, organization_id, organization_role_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade,
  foreign key (tenant_id, organization_id) references organizations (tenant_id, id) on delete cascade,
  foreign key (tenant_id, organization_role_id) references organization_roles (tenant_id, id) on delete cascade
) STRICT;
create index application_access_organization_roles_by_organization
  on application_access_organization_roles (tenant_id, organization_id);
create index application_access_organization_roles_by_role
  on application_access_organization_roles (tenant_id, organization_role_id);

-- RFC 8628.
create table device_codes (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  code_hash BYTES not null,
  user_code_hash BYTES not null,
  client_id TEXT not null,
  -- JSON: the parameters of the device authorization request.
  params TEXT not null,
  -- What the person decided: absent while they have not.
  outcome TEXT check (outcome in ('allowed', 'aborted')),
  -- The interaction that a browser began for it: one, once.
  interaction_id TEXT,
  grant_id TEXT,
  user_id TEXT,
  session_uid TEXT,
  sid TEXT,
  scope TEXT,
  -- JSON array of resource indicators.
  resources TEXT,
  auth_time BIGINT,
  expires_with_session BOOLEAN not null,
  created_at BIGINT not null,
  expires_at BIGINT not null,
  consumed_at BIGINT,
  primary key (tenant_id, code_hash),
  foreign key (tenant_id, grant_id) references grants (tenant_id, id) on delete cascade
) STRICT;
create unique index device_codes__user_code_hash on device_codes (tenant_id, user_code_hash);
create index device_codes_by_grant on device_codes (tenant_id, grant_id);
create index device_codes_by_expiry on device_codes (expires_at);

-- RFC 9126.
create table pushed_requests (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id_hash BYTES not null,
  client_id TEXT not null,
  -- JSON: the parameters pushed.
  params TEXT not null,
  created_at BIGINT not null,
  expires_at BIGINT not null,
  consumed_at BIGINT,
  primary key (tenant_id, id_hash)
) STRICT;
create index pushed_requests_by_expiry on pushed_requests (expires_at);

-- From when on nothing of a key counts any more. A key that administrators gave up may have to sign for a moment longer,
-- until every node knows its successor.
alter table signing_keys add column retires_at BIGINT;

-- Identifiers of client assertions that were used (RFC 7523 §3, `jti`).
create table replay_marks (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  mark_hash BYTES not null,
  expires_at BIGINT not null,
  primary key (tenant_id, mark_hash)
) STRICT;
create index replay_marks_by_expiry on replay_marks (expires_at);

-- Tokens by which an application may act for a person, once.
create table subject_tokens (
  tenant_id TEXT not null,
  token_hash BYTES not null,
  user_id TEXT not null,
  -- JSON that scripts for claims may read.
  context TEXT not null,
  creator_id TEXT not null,
  created_at BIGINT not null,
  expires_at BIGINT not null,
  consumed_at BIGINT,
  primary key (tenant_id, token_hash),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
) STRICT;
create index subject_tokens_by_expiry on subject_tokens (expires_at);

create table personal_access_tokens (
  tenant_id TEXT not null,
  user_id TEXT not null,
  name TEXT not null,
  lookup_hash BYTES not null,
  sealed BYTES not null,
  created_at BIGINT not null,
  expires_at BIGINT,
  primary key (tenant_id, user_id, name),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
) STRICT;
create unique index personal_access_tokens__lookup_hash on personal_access_tokens (tenant_id, lookup_hash);

-- Codes sent by mail or text message. A code is a keyed hash with a limit of attempts.
create table verification_codes (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  id TEXT not null,
  -- What it is bound to: an interaction, or an API caller's purpose.
  scope_key TEXT not null,
  type TEXT not null,
  identifier_kind TEXT not null check (identifier_kind in ('email', 'phone')),
  identifier TEXT not null,
  code_hash BYTES not null,
  attempts BIGINT not null,
  created_at BIGINT not null,
  expires_at BIGINT not null,
  consumed_at BIGINT,
  primary key (tenant_id, id)
) STRICT;
create index verification_codes_by_identifier
  on verification_codes (tenant_id, identifier_kind, identifier, created_at);
create index verification_codes_by_scope on verification_codes (tenant_id, scope_key);
create index verification_codes_by_expiry on verification_codes (expires_at);

-- Scripts that add claims to access tokens.
create table token_scripts (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  token_type TEXT not null check (token_type in ('access-token', 'client-credentials')),
  script TEXT not null,
  sealed_environment BYTES not null,
  context_sample TEXT,
  token_sample TEXT,
  block_issuance_on_error BOOLEAN,
  updated_at BIGINT not null,
  primary key (tenant_id, token_type)
) STRICT;

-- The steps by which a session's person signed in: what scripts for claims see of the interaction.
create table session_submissions (
  tenant_id TEXT not null,
  session_uid TEXT not null,
  user_id TEXT not null,
  client_id TEXT,
  submission TEXT not null,
  updated_at BIGINT not null,
  primary key (tenant_id, session_uid),
  foreign key (tenant_id, session_uid) references sessions (tenant_id, uid) on delete cascade
) STRICT;

-- Use, by day (days since the epoch, UTC).
create table daily_active_users (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  day BIGINT not null,
  user_id TEXT not null,
  primary key (tenant_id, day, user_id)
) STRICT;
create table daily_token_usage (
  tenant_id TEXT not null references tenants (id) on delete cascade,
  day BIGINT not null,
  user_tokens BIGINT not null,
  machine_tokens BIGINT not null,
  primary key (tenant_id, day)
) STRICT;
