-- What is a secret, and where none may stand: in environments, arguments
-- (command_usage.sql) and metadata.

-- --- how it is known -------------------------------------------------------

-- By its name, as variables and options have them.
create or replace function private.names_secret(name text) returns bool
language sql immutable parallel safe
as $$
	select name ~* ('(secret|token|passw|passphrase|api_?key|access_?key'
		'|credential|private|_key$|_pat$|_pwd$|^key$|cookie|bearer'
		'|authorization)')
$$;

-- By its looks.
create or replace function private.looks_secret(value text) returns bool
language sql immutable parallel safe
as $$
	select value ~* ('(://[^/@[:space:]]*:[^/@[:space:]]+@|mst_[a-z0-9]'
		'|^bearer |^sk-|^gh[opsu]_|^github_pat_|^xox[abpr]-'
		'|^akia[0-9a-z]{12}|^aiza|^eyj[a-z0-9_-]+[.]'
		'|private key-----)')
$$;

create or replace function private.is_secret(name text, value text)
returns bool
language sql immutable
as $$
	select coalesce(private.names_secret(name), false)
		or coalesce(private.looks_secret(value), false)
$$;

-- Secrets inside a word: a header ("Authorization: Bearer x"), JSON
-- ({"password":"x"}), the query of an address (?access_token=x), keys by
-- their looks.
create or replace function private.clean_text(said text) returns text
language sql immutable parallel safe
as $$
	select regexp_replace(regexp_replace(regexp_replace(said,
		'((?:authorization|cookie)["'']?\s*[:=]\s*).+',
			'\1[redacted]', 'gi'),
		'((?:secret|token|passw[a-z]*|passphrase|api[-_]?key'
		'|access[-_]?key|private[-_]?key|credentials?)["'']?'
		'\s*[:=]\s*["'']?)[^][:space:]"'',;&}[]+',
			'\1[redacted]', 'gi'),
		'(^|[^a-z0-9_])(?:bearer\s+[^\s"'',;]+|sk-[a-z0-9][a-z0-9_-]{3,}'
		'|gh[opsu]_[a-z0-9]{3,}|github_pat_[a-z0-9_]{3,}'
		'|xox[abpr]-[a-z0-9-]{3,}|akia[0-9a-z]{12,}'
		'|aiza[a-z0-9_-]{3,}|eyj[a-z0-9_-]+[.][a-z0-9_.-]+)',
			'\1[redacted]', 'gi')
$$;

-- --- metadata --------------------------------------------------------------

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

-- Texts with such a name go, texts with the looks of a key are blackened.  One
-- call for each object and list, not for each text in them.
create or replace function private.without_secrets(j jsonb) returns jsonb
language plpgsql immutable
as $$
begin
	case jsonb_typeof(j)
	when 'object' then
		return (select coalesce(jsonb_object_agg(e.key,
				case jsonb_typeof(e.value)
				when 'string' then case
					when private.looks_secret(
						e.value #>> '{}')
					then '"[redacted]"' else e.value end
				when 'object' then
					private.without_secrets(e.value)
				when 'array' then
					private.without_secrets(e.value)
				else e.value end), '{}')
			from jsonb_each(j) e
			where jsonb_typeof(e.value) <> 'string'
				or not private.metadata_names_secret(e.key));
	when 'array' then
		return (select coalesce(jsonb_agg(
				case jsonb_typeof(e.v)
				when 'string' then case
					when private.looks_secret(e.v #>> '{}')
					then '"[redacted]"' else e.v end
				when 'object' then private.without_secrets(e.v)
				when 'array' then private.without_secrets(e.v)
				else e.v end order by e.n), '[]')
			from jsonb_array_elements(j) with ordinality e(v, n));
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

grant execute on function private.names_secret(text),
	private.looks_secret(text), private.is_secret(text, text),
	private.clean_text(text), private.metadata_names_secret(text),
	private.without_secrets(jsonb), private.may_hold_secrets(jsonb)
	to authenticated, service_role;
