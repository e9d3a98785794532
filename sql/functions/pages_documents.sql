-- One document, or the refusal.
create or replace function api.need_doc(doc text) returns public.session_docs
language plpgsql stable
as $$
declare
	d public.session_docs;
begin
	select * into d from public.session_docs where id = doc;
	if not found then
		perform private.refuse_missing('Doc', doc);
	end if;
	return d;
end
$$;
