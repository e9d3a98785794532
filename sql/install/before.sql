-- What comes before the files of a folder of functions are run, in the same
-- transaction: everything the last installation made is dropped, so that the
-- files may change a name, an argument or a type, and create what they hold.
-- `maestro migrate` writes the schema of the books where it says @books@.
--
-- set_config() and not `set local`: the Supabase CLI runs a migration in an
-- implicit transaction, where that would only warn.
select set_config('lock_timeout', '@lock_timeout@', true),
	set_config('check_function_bodies', 'off', true);

-- As pg_identify_object() names them: `drop TYPE IDENTITY` is a statement.
create table if not exists @books@.objects (
	type text not null,
	identity text not null,
	primary key (type, identity)
);
-- One row: the folder as it was installed last.
create table if not exists @books@.functions (
	sha256 text not null,
	installed_at timestamptz not null default now()
);

-- Until nothing more goes, since they may depend on each other in any order.
-- What stays is used by something that is not ours, or hangs on a table of
-- somebody else: triggers on auth.users of a hosted project may be made and
-- replaced, but not dropped.
do $$
declare
	o record;
	is_moving bool := true;
begin
	while is_moving loop
		is_moving := false;
		for o in
			select type, identity from @books@.objects
			order by array_position(array['policy', 'trigger',
				'view', 'materialized view'], type), identity
		loop
			begin
				execute format('drop %s if exists %s', o.type,
					o.identity);
			exception when dependent_objects_still_exist
				or insufficient_privilege
			then
				continue;
			end;
			delete from @books@.objects
			where type = o.type and identity = o.identity;
			is_moving := true;
		end loop;
	end loop;
end
$$;

-- `create or replace` keeps what uses those.  Should it not be able to, the
-- reason is told with the error (01MKP is looked for by migrate_pg.c).  An
-- info always reaches the client, and no server's log.
do $$
declare
	o record;
	why text;
begin
	for o in select type, identity from @books@.objects loop
		begin
			execute format('drop %s %s', o.type, o.identity);
		exception when dependent_objects_still_exist
			or insufficient_privilege
		then
			get stacked diagnostics why = pg_exception_detail;
			raise info 'cannot drop % %: %', o.type, o.identity,
				coalesce(nullif(why, ''), sqlerrm)
				using errcode = '01MKP';
		end;
	end loop;
end
$$;

-- A function that is only granted anew is no function of ours.
create temp table maestro_before on commit drop as
	select 'pg_proc'::regclass::oid as class, oid as object from pg_proc
	union all
	select 'pg_class'::regclass, oid from pg_class where relkind in ('v', 'm')
	union all
	select 'pg_trigger'::regclass, oid from pg_trigger
	union all
	select 'pg_policy'::regclass, oid from pg_policy;
