-- The way out (`maestro migrate from-supabase`): what no column says of the files
-- of the original.  Nobody but the owner of the schema runs these functions.

-- The members of a task that are unknown here, and what two of its own were
-- when it came.
create or replace function private.layout_task_extra(t public.tasks)
returns jsonb
language sql stable parallel safe
as $$
	select t.extra - array['_clientRequestId', 'acceptanceCriteria']
		|| case when t.extra ? '_clientRequestId'
			then jsonb_build_object('clientRequestId',
				t.extra -> '_clientRequestId') else '{}' end
		-- A list in the file, a text here; a list again unless somebody
		-- wrote something else.
		|| case when array_to_string(private.words(
				t.extra -> 'acceptanceCriteria'), E'\n')
				= t.acceptance_criteria
			then jsonb_build_object('acceptanceCriteria',
				t.extra -> 'acceptanceCriteria')
			else '{}' end
$$;

create or replace function private.layout_doc_path(d public.session_docs)
returns text
language sql stable parallel safe
as $$
	select 'session-docs/' || d.session_id || '/' || d.id ||
		case when api.doc_kind(d) = 'diagram' then '.excalidraw'
			else '.md' end
$$;

-- Of an environment only the project's owner's own: what the agents of others
-- were started with is not the owner's to carry away.
create or replace function private.layout_env(s public.sessions) returns jsonb
language sql stable
as $$
	select coalesce((select e.env from public.session_env e
		where e.session_id = s.id and e.user_id = (
			select p.owner_id from public.projects p
			where p.id = s.project_id)), '{}')
$$;
