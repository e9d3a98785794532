-- What comes after the files of a folder of functions were run, in the same
-- transaction: what they made is recorded, what is in none of them any more
-- is dropped.  @books@ and @sha256@ as in before.sql.
create temp table maestro_now on commit drop as
	select i.type, i.identity, not exists (
		select from maestro_before b
		where b.class = n.class and b.object = n.object) as is_new
	from (
		select 'pg_proc'::regclass::oid, oid from pg_proc
		where xmin = pg_current_xact_id()::xid
		union all
		select 'pg_class'::regclass, oid from pg_class
		where relkind in ('v', 'm')
			and xmin = pg_current_xact_id()::xid
		union all
		select 'pg_trigger'::regclass, oid from pg_trigger
		where not tgisinternal and xmin = pg_current_xact_id()::xid
		union all
		select 'pg_policy'::regclass, oid from pg_policy
		where xmin = pg_current_xact_id()::xid
	) n(class, object),
		pg_identify_object(n.class, n.object, 0) i;

-- Something that is not ours uses these, or before.sql would have dropped
-- them: the error names both.
do $$
declare
	o record;
begin
	for o in
		select type, identity from @books@.objects
		except select type, identity from maestro_now
	loop
		execute format('drop %s %s', o.type, o.identity);
		delete from @books@.objects
		where type = o.type and identity = o.identity;
	end loop;
end
$$;

insert into @books@.objects (type, identity)
	select type, identity from maestro_now where is_new;
delete from @books@.functions;
insert into @books@.functions (sha256) values ('@sha256@');
