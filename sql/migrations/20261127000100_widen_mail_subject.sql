set local lock_timeout = '2s';
-- The wire gives a subject no length; agents write long ones.
alter table public.mail drop constraint if exists mail_subject_check;
alter table public.mail add constraint mail_subject_check
	check (length(subject) between 1 and 10000);
