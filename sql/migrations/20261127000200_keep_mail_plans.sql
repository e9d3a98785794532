set local lock_timeout = '2s';
-- The plans of an inbox and of the ways a mail goes do not depend on their
-- arguments: kept, an inbox of fifty takes half the time.
alter function api.mail_inbox(text, text, text, bigint, bool, int, int)
	reset plan_cache_mode;
alter function api.mail_targets(text, public.sessions, json)
	reset plan_cache_mode;
