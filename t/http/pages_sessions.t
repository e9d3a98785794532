# The pages of agent sessions: lists, one session, what people do with it, and
# who may.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Pages;
use Maestro::Test;

my $m = Maestro::Test->new(conf => {templates_strict => 'true',
	rate_signup => 1000, rate_token => 1000});
my %as = map { $_ => sign_up($m, $_) } qw(ann vic bob);
my $ann = $as{ann};
my $project = post_form($ann, '/app/projects', {name => 'Opus 1'})
	->header('location');
my ($p) = $project =~ m{([^/]+)$};
my %id = map { $_ => $m->psql("select id from public.users
	where email = '$_\@pages.test'") } keys %as;

like $ann->get("$project/sessions")->body, qr/No agent has been here yet/,
	'an empty list is kindly';

my $evil = '<img src=x onerror=alert(1)>';
$m->psql(<<"END");
insert into public.project_members (project_id, user_id, role)
	values ('$p', '$id{vic}', 'viewer');
select set_config('request.jwt.claims', '{"sub": "$id{ann}"}', false)
	\\g /dev/null
insert into public.tasks (id, project_id, title, created_by) values
	('task_1', '$p', 'Tune up', '$id{ann}'),
	('task_2', '$p', 'Bow $evil', '$id{ann}');
insert into public.sessions (id, project_id, user_id, name, status,
	parent_session_id, root_session_id, needs_input, archived_at,
	team_member_snapshot, last_activity) values
	('sess_a', '$p', '$id{ann}', 'Alpha $evil', 'working', null, 'sess_a',
		null, null, '{"name": "Zoe $evil", "avatar": "Z"}', now()),
	('sess_b', '$p', '$id{ann}', 'Beta', 'idle', 'sess_a', 'sess_a',
		'{"active": true, "message": "Which key? $evil"}', null, null,
		now()),
	('sess_c', '$p', '$id{ann}', 'Gamma', 'completed', null, 'sess_c',
		null, null, null, now() + interval '1 hour'),
	('sess_d', '$p', '$id{ann}', 'Delta', 'stopped', null, 'sess_d',
		null, now(), null, now()),
	('sess_x', '$p', '$id{ann}', 'Chi', 'idle', 'sess_y', 'sess_y',
		null, null, null, now() - interval '1 hour'),
	('sess_y', '$p', '$id{ann}', 'Ypsilon', 'idle', 'sess_x', 'sess_y',
		null, null, null, now() - interval '1 hour');
END

# Names of the list, in order.
sub names ($query = '') {
	my $r = $ann->get("$project/sessions$query");
	is $r->status, 200, "sessions$query";
	unlike $r->body, qr/<img src=x/, 'what agents wrote is text';
	return [$r->body =~ m{<a class="name" href="[^"]+">(\w+)}g];
}

# --- the list ---------------------------------------------------------------
is_deeply names(), [qw(Alpha Beta Ypsilon Chi Gamma)],
	'trees at work first, parents before children, circles are no trap';
like $ann->get("$project/sessions")->body, qr/class="session depth-1 waits"/,
	'a child is indented, who waits is marked';
is_deeply names('?show=active'), [qw(Alpha Beta Ypsilon Chi)], 'active ones';
is_deeply names('?show=ended'), ['Gamma'], 'ended ones';
is_deeply names('?show=archived'), ['Delta'], 'archived ones';
is_deeply names('?show=waiting'), ['Beta'], 'waiting ones';
like $ann->get("$project/sessions?show=waiting")->body, qr/Child of <a/,
	'a child alone names its parent';
is @{names('?show=all')}, 6, 'all of them';
is_deeply names('?status=completed'), ['Gamma'], 'by status';
is_deeply names('?q=BET'), ['Beta'], 'by name';
is_deeply names('?q=%25'), [], 'a pattern is text';
like $ann->get($project)->body, qr/1 session waits/, 'the tab says who waits';
like $ann->get('/app')->body, qr/1 session waits/, 'so does the list of projects';
$m->psql("insert into public.sessions (project_id, name, status, started_at)
	select '$p', 'N' || n, 'failed', now() + n * interval '1 s'
	from generate_series(1, 120) n");
is @{names("?status=failed&page=$_->[0]")}, $_->[1], "page $_->[0]"
	for [1, 50], [3, 20], [4, 0];
is $ann->get("$project/sessions?page=$_")->status, 400, "page $_ is none"
	for 0, -1, 'x', 1e18;
is $as{bob}->get("$project/sessions")->status, 404, 'a stranger sees nothing';
is $as{vic}->get("$project/sessions")->status, 200, 'a viewer the list';
is $m->browser->get("$project/sessions")->status, 303, 'others sign in first';

done_testing;
