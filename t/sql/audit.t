# What the audit log holds, and what never gets into it.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Sql;

my $s = Maestro::Sql->new;
my ($p, $mia) = ($s->{p}, $s->id('mia'));

sub headers ($json) {
	return "select set_config('request.headers', "
		. Maestro::Sql::quote($json) . ", false) \\g /dev/null\n";
}
sub last_row ($table) {
	return $s->psql("select concat_ws(' ', operation, record_id, user_id,
		user_role, host(ip_address), user_agent, request_id)
		from public.rls_audit_log where table_name = '$table'
		order by id desc limit 1");
}

$s->ask('mia', headers('{"x-real-ip": "192.0.2.9", "user-agent": "curl",
	"x-request-id": "rid1"}') . "insert into public.tasks
	(id, project_id, title) values ('task_1', '$p', 'one')");
is last_row('tasks'), "INSERT task_1 $mia authenticated 192.0.2.9 curl rid1",
	'who, what, from where';
$s->ask('mia', headers('{"x-forwarded-for": "2001:db8::1, 10.0.0.1"}')
	. "update public.tasks set title = 'two' where id = 'task_1'");
is last_row('tasks'), "UPDATE task_1 $mia authenticated 2001:db8::1",
	'the first address a proxy forwards';
is $s->psql("select changed_columns, old_data, new_data
	from public.rls_audit_log where table_name = 'tasks'
	order by id desc limit 1"),
	'{title,updated_at}|{"title": "one", "updated_at": '
	. $s->psql("select to_json(created_at) from public.tasks")
	. '}|{"title": "two", "updated_at": '
	. $s->psql("select to_json(updated_at) from public.tasks") . '}',
	'an update holds the changed columns only';
for my $bad ('{"x-real-ip": "999.1.1.1"}', '{"x-real-ip": "drop table"}',
	'{"x-forwarded-for": ":::::"}', '{}') {
	$s->ask('mia', headers($bad)
		. "update public.tasks set title = title || '!'");
	is last_row('tasks'), "UPDATE task_1 $mia authenticated",
		"no write fails for $bad";
}
my $rows = $s->psql("select count(*) from public.rls_audit_log
	where table_name = 'tasks'");
$s->ask('mia', "update public.tasks set title = title");
is $s->psql("select count(*) from public.rls_audit_log
	where table_name = 'tasks'"), $rows, 'a change of nothing is no row';

$s->ask('mia', "insert into public.sessions (id, project_id, name)
	values ('sess_1', '$p', 's');
	insert into public.session_env (session_id, project_id, env)
	values ('sess_1', '$p', '{\"A\": \"hush\"}');
	insert into public.session_docs (project_id, session_id, title,
		file_path, content) values ('$p', 'sess_1', 'd', 'd', 'hush');
	insert into public.mail (project_id, from_session_id, to_session_id,
		type, subject, content, detail) values ('$p', 'sess_1',
		'sess_1', 'query', 's', '{\"question\": \"hush\"}', 'hush');
	update public.mail set read_at = now();");
$s->ask('ann', "insert into public.project_invitations (project_id, email,
	token_hash) values ('$p', 'a\@b.test', 'hush')");
is $s->psql("select count(*) from public.rls_audit_log
	where (coalesce(old_data, '{}') || coalesce(new_data, '{}'))::text
		~ '(hush|68757368)'"), 0, 'secrets and texts are redacted';
is $s->psql("select new_data ->> 'env', new_data ->> 'token_hash'
	from public.rls_audit_log
	where table_name in ('session_env', 'project_invitations')
	order by table_name"), "|[redacted]\n[redacted]|", 'and marked as such';

is $s->psql("select string_agg(operation, ' ') from public.rls_audit_log
	where table_name = 'mail'"), 'INSERT', 'that mail was read is no change';

$s->psql("insert into public.tenants (id, name, slug, owner_id)
	values ('$mia', 'T', 'tee', '$mia');
	update public.projects set tenant_id = '$mia' where id = '$p'");
$s->ask('mia', "update public.tasks set title = 'three'");
is $s->psql("select record_organization_id from public.rls_audit_log
	where table_name = 'tasks' order by id desc limit 1"), $mia,
	'the row is attributed to the tenant of its project';
is $s->ask('mia', "select count(*) > 0 from public.rls_audit_log"), 't',
	'which its owner may read';
is $s->ask('ann', "select count(*) from public.rls_audit_log"), 0,
	'and others not';
is $s->try('service', 'delete from public.rls_audit_log'), '42501',
	'nobody rewrites it';
is $s->psql("select t.relname from pg_class t
	where t.relnamespace = 'public'::regnamespace and t.relkind = 'r'
	and t.relname not in ('rls_audit_log', 'session_timeline',
		'session_events', 'command_usage',
		-- What follows from mail, which is.
		'mail_threads', 'mail_counts')
	and not exists (select from pg_trigger g where g.tgrelid = t.oid
		and g.tgfoid = 'private.log_rls_operation'::regproc)"), '',
	'every other table is audited';

done_testing;
