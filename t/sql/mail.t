# What is known of mail without reading it: threads and numbers agree with the
# rows whatever is done to them, and lists of a big inbox read what they show.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Sql;

my $s = Maestro::Sql->new;
my $p = $s->{p};
my $q = \&Maestro::Sql::quote;

sub agree ($what) {
	is $s->psql(<<'END'), '', "$what: the numbers agree with the mail";
with truth as (
	select project_id, coalesce(to_session_id, '') as reader, type,
		count(*) as n
	from public.mail group by 1, 2, 3
	union all
	select project_id, '*', '', count(*) from public.mail group by 1
	union all
	select project_id, '#', '', count(distinct thread_id)
	from public.mail group by 1
), told as (
	select project_id, reader, type, sum(n) as n from public.mail_counts
	group by 1, 2, 3 having sum(n) <> 0
)
select * from truth full join told using (project_id, reader, type, n)
where truth.project_id is null or told.project_id is null
END
	is $s->psql(<<'END'), '', "$what: and so do the threads";
select * from (
	select project_id, thread_id, count(*) as mails,
		min(created_at) as first_at, max(created_at) as last_at
	from public.mail group by 1, 2) m
full join public.mail_threads t using (project_id, thread_id, mails, first_at,
	last_at)
where m.project_id is null or t.project_id is null
END
}

sub letter ($who, %more) {
	my $in = JSON::PP->new->encode({projectId => $p, type => 'query',
		subject => 'x', %more});
	return $s->json($who, "select api.mail_send(${\$q->($in)}::json)");
}

# --- they agree ---

my $first = letter('mia');
my $me = 'user_' . $s->id('vic');
letter('mia', toSessionId => $me, type => 'directive') for 1, 2;
my $reply = letter('ann', replyToMailId => $first->{id});
is $reply->{threadId}, $first->{threadId}, 'a reply is of the thread';
letter('ann', replyToMailId => $first->{id}, toSessionId => $me);
agree('what was sent');
is $s->rows('vic', 'mail_inbox_count', $me, $p)->[0]{coalesce}, 5,
	'an inbox is what is for its reader and what is for all';
is $s->rows('vic', 'mail_inbox_count', $me, $p, 'directive')->[0]{coalesce},
	2, 'of one type';
is $s->rows('vic', 'mail_count', $p)->[0]{coalesce}, 5, 'a project has all';
is $s->rows('vic', 'mail_count_threads', $p)->[0]{coalesce}, 3, 'in threads';
is $s->rows('vic', 'mail_count_thread', $p, $first->{threadId})
	->[0]{coalesce}, 3, 'of one thread';
is $s->rows('bob', 'mail_count_threads', $p)->[0]{coalesce}, 0,
	'a stranger learns no number';

$s->json('mia', "select api.mail_delete('$first->{id}')");
agree('the first of a thread went');
$s->psql("delete from public.mail where thread_id = '$first->{threadId}'");
agree('a thread went');
$s->psql("insert into public.mail (project_id, from_session_id, thread_id,
	type, subject)
	select case when n % 3 = 0 then '$s->{other}' else '$p' end, 's',
		'thread' || n % 4, 'query', 'x'
	from generate_series(1, 20) n");
agree('many in one statement');
$s->psql("delete from public.mail where ctid in (
	select ctid from public.mail order by id limit 11)");
agree('some of them went');
is $s->refusal('service', "update public.mail set $_"),
	'400 validation_failed', "what was sent stays: $_"
	for "type = 'error'", "to_session_id = 'x'", "thread_id = 'x'";
$s->psql("delete from public.mail where project_id = '$p'");
agree('all of a project went');
isnt $s->psql("select count(*) from public.mail_counts
	where project_id = '$s->{other}' and n <> 0"), 0, 'there are others';
$s->psql("delete from public.projects where id = '$s->{other}'");
agree('a project went with its mail');
is $s->psql("select count(*) from public.mail_counts
	where project_id = '$s->{other}'"), 0, 'and its numbers';

# --- what a big inbox costs ---

# Everything of one urgency: what the planner sees of it says nothing.
$s->psql(<<"END");
set session_replication_role = replica;
insert into public.mail (id, project_id, from_session_id, to_session_id,
	thread_id, type, subject, content, created_at)
	select 'm' || n, '$p', 's', case when n % 2 = 0 then '$me' end,
		'm' || (n - n % 5), 'query', 'x', '{}',
		now() - n * interval '1 s'
	from generate_series(1, 20000) n;
insert into public.mail_threads select project_id, thread_id, count(*),
	min(created_at), max(created_at) from public.mail
	where project_id = '$p' group by 1, 2;
set session_replication_role = origin;
END

# Of the plan that is kept: the most rows that a node gave or threw away.
sub most_rows ($name, @args) {
	my $plan = $s->ask('vic', "set plan_cache_mode = force_generic_plan;
		prepare q as " . $s->query($name, @args) . ";
		explain (analyze, timing off, costs off) execute q");
	my $most = 0;
	while ($plan =~ /rows=(\d+) loops=(\d+)|Removed by \w+: (\d+)/g) {
		my $n = defined $3 ? $3 : $1 * $2;
		$most = $n if $n > $most;
	}
	diag $plan if $most > 500;
	return $most;
}

$s->psql('analyze');
cmp_ok most_rows(@$_), '<', 500, "$_->[0]: reads what it shows"
	for ['mail_inbox', $me, $p, undef, undef, 'false', 50, 0],
	['mail_inbox', $me, $p, undef, undef, 'true', undef, undef],
	['mail_inbox', $me, $p, undef, int(time * 1000) - 60_000, 'false',
		50, 0],
	['mail_inbox_count', $me, $p], ['mail_list', $p, 50, 0],
	['mail_inbox_count_since', $me, $p, undef, int(time * 1000) - 60_000],
	['mail_count', $p], ['mail_threads', $p, 50, 0],
	['mail_list_thread', $p, 'm500', 50, 0],
	['mail_count_thread', $p, 'm500'], ['mail_count_threads', $p];

done_testing;
