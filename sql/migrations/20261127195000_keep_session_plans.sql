set local lock_timeout = '2s';
-- A list of sessions is planned for its filters (force_custom_plan), and what
-- it calls inherits that: each session of a full list would be planned anew,
-- four fifths of its time.  These look up one session by its key; one plan
-- serves all.
alter function api.session_json(public.sessions, jsonb)
	set plan_cache_mode = force_generic_plan;
alter function api.session_own_json(public.sessions)
	set plan_cache_mode = force_generic_plan;
alter function private.last_activity(public.sessions)
	set plan_cache_mode = force_generic_plan;
