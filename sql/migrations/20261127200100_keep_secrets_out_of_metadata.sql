set local lock_timeout = '2s';
-- What an environment may not bring, the metadata of a session does not bring
-- either: all of the project reads it, and hears it in events (maestro-api.md
-- 2.16).  Here names are not only those of variables, so they must say more.

create or replace function private.metadata_names_secret(name text)
returns bool
language sql immutable parallel safe
as $$
	select name ~ '^[A-Z][A-Z0-9_]*$' and private.names_secret(name)
		or name ~* ('(^token|api[_-]?key|secret|password|passphrase'
			'|(access|auth|refresh|bearer)[_-]?token'
			'|(private|access)[_-]?key|authorization)$')
$$;

-- Texts with such a name go, texts with the looks of a key are blackened.
create or replace function private.without_secrets(j jsonb) returns jsonb
language plpgsql immutable
as $$
begin
	case jsonb_typeof(j)
	when 'object' then
		return (select coalesce(jsonb_object_agg(e.key,
				private.without_secrets(e.value)), '{}')
			from jsonb_each(j) e
			where jsonb_typeof(e.value) <> 'string'
				or not private.metadata_names_secret(e.key));
	when 'array' then
		return (select coalesce(jsonb_agg(private.without_secrets(e.v)
				order by e.n), '[]')
			from jsonb_array_elements(j) with ordinality e(v, n));
	when 'string' then
		return case when private.looks_secret(j #>> '{}')
			then '"[redacted]"' else j end;
	else
		return j;
	end case;
end
$$;

create or replace function private.clean_metadata() returns trigger
language plpgsql
as $$
begin
	new.metadata := private.without_secrets(new.metadata);
	return new;
end
$$;

-- Looked into only when something in the text could be one: few have any.
create or replace function private.may_hold_secrets(j jsonb) returns bool
language sql immutable
as $$
	select j::text ~* ('(secret|token|passw|passphrase|key|credential'
		'|private|_pat"|_pwd"|cookie|bearer|authorization|://[^/@"]*@'
		'|mst_|"sk-|"gh[opsu]_|"github_pat_|"xox[abpr]-|"akia|"aiza'
		'|"eyj)')
$$;

revoke execute on function private.metadata_names_secret(text),
	private.without_secrets(jsonb), private.clean_metadata(),
	private.may_hold_secrets(jsonb) from public;
grant execute on function private.metadata_names_secret(text),
	private.without_secrets(jsonb), private.may_hold_secrets(jsonb)
	to authenticated, service_role;
drop trigger if exists sessions_clean on public.sessions;
create trigger sessions_clean before insert or update of metadata
	on public.sessions
	for each row when (new.metadata is not null
		and private.may_hold_secrets(new.metadata))
	execute function private.clean_metadata();
