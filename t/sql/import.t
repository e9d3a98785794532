# What stands behind `maestro migrate to-supabase` in the database: history is
# written silently, by the schema's owner alone.  The command itself:
# t/http/cli_import.t.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Sql;

my $s = Maestro::Sql->new;
my $m = $s->{m};
my $p = $s->{p};

# A trigger that stamps, mirrors, tells or audits must not do so for history:
# `when (not private.importing())`.  These do something history needs, or
# nothing when the owner writes.
my %needed = map { ($_ => 1) } qw(check_env_row clean_metadata
	check_task_overrides check_team_tree add_project_owner keep_an_owner
	end_invitations unlist_tasks refuse_many_members complete_mail
	count_mail lengthen_threads shorten_threads keep_mail
	note_command mirror_image count_rows);
my @loud = grep { !$needed{(split /\|/)[2]} } split /\n/, $s->psql(<<'END');
select c.relname, g.tgname, p.proname
from pg_trigger g
join pg_class c on c.oid = g.tgrelid
join pg_proc p on p.oid = g.tgfoid
where not g.tgisinternal and c.relnamespace = 'public'::regnamespace
	and c.relname in ('projects', 'project_members', 'tasks', 'sessions',
		'session_env', 'task_sessions', 'session_timeline',
		'session_events', 'session_docs', 'session_prompts',
		'orderings', 'task_lists', 'team_members',
		'team_member_overrides', 'teams', 'task_graphs',
		'model_profiles', 'mail', 'custom_prompts', 'command_usage',
		'task_images')
	and not (p.proname = 'log_rls_operation'
		and c.relname in ('projects', 'project_members'))
	and pg_get_triggerdef(g.oid) !~ 'private\.importing'
END
is join("\n", @loud), '', 'every trigger knows of imports';

subtest 'who may be silent' => sub {
	my $set = "select set_config('maestro.import', 'on', false)
		\\g /dev/null\n";
	is $m->psql("$set select private.importing()"), 't', 'the owner';
	is $m->psql('select private.importing()'), 'f', 'who says so';
	my $id = $s->json('ann', "select api.task_create(
		'{\"projectId\": \"$p\", \"title\": \"t\"}')")->{id};
	$s->psql("alter table public.tasks disable trigger user;
		update public.tasks set updated_at = '2020-01-01'
		where id = '$id';
		alter table public.tasks enable trigger user");
	my $claims = Maestro::Sql::quote($s->claims('ann'));
	$m->psql("$set set role authenticated;
		select set_config('request.jwt.claims', $claims, false),
			api.task_update('$id', '{\"title\": \"u\"}')
		\\g /dev/null", 'authenticator');
	is $s->psql("select updated_at > '2021-01-01' from public.tasks
		where id = '$id'"), 't', 'a user is stamped all the same';
	is $s->psql("select count(*) from public.rls_audit_log
		where record_id = '$id' and operation = 'UPDATE'"), 1,
		'and audited';
};

like $m->psql('explain verbose select private.importing()'),
	qr/Output: CASE WHEN \(current_setting/,
	'asking costs next to nothing: it is inlined';

subtest 'nobody else' => sub {
	for my $who (qw(ann root anon service)) {
		is $s->try($who, 'select * from private.kept_files'), '42501',
			"$who does not see what is kept";
		is $s->try($who, "select private.import_project(
			'@{[$s->id('ann')]}', '$p')"), '42501', 'nor imports';
		is $s->try($who, "select private.import_shared(
			'@{[$s->id('ann')]}')"), '42501', 'nor what is shared';
		is $s->try($who, "select private.layout_env(x)
			from public.sessions x"), '42501', 'nor exports'
			if $who ne 'anon';
	}
	is $s->psql("select count(*) from pg_proc p
		where p.pronamespace = 'private'::regnamespace
		and (p.proname like 'import\\_%' or p.proname like 'layout%')
		and p.proname <> 'import_await_image' and (
			has_function_privilege('authenticated', p.oid, 'execute')
			or has_function_privilege('service_role', p.oid,
				'execute'))"), 0, 'no function of it is theirs';
};

subtest 'times' => sub {
	my @ms = (0, 1, 999, 1_700_000_000_123, 4_102_444_800_001,
		253_402_300_799_999);
	is $s->psql("select string_agg(private.ms(private.at(x))::text, ' '
		order by x) from unnest('{" . join(',', @ms) . "}'::bigint[]) x"),
		"@ms", 'come back exactly';
};

subtest 'what is kept goes with its project' => sub {
	my $id = $s->json('ann', "select api.project_create('{\"name\": \"k\",
		\"workingDir\": \"/\"}')")->{id};
	$s->psql("insert into private.kept_files (owner_id, path, project_id,
		doc) values ('@{[$s->id('ann')]}', 'x', '$id', '{}')");
	$s->ask('ann', "select api.project_delete('$id')");
	is $s->psql('select count(*) from private.kept_files'), 0, 'away';
};

done_testing;
