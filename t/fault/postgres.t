# PostgreSQL goes away and comes back under load: answers are success or 503
# with Retry-After, no worker dies, nothing that was acknowledged is missing.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Api;
use Maestro::Test;
use Maestro::Load;
use Time::HiRes qw(sleep);

my $m = Maestro::Test->new(users => ['ann']);
my $ann = $m->as('ann');
my $project = new_project($ann, 'fault', workingDir => '/w');
my @before = workers();

sub workers () {
	my $master = $m->pid('web');
	open my $f, '<', "/proc/$master/task/$master/children" or return;
	return sort { $a <=> $b } split ' ', readline $f;
}

sub count_tasks () {
	return $m->psql("select count(*) from public.tasks"
		. " where project_id = '$project'");
}

sub writer ($client, $n) {
	my $r = $ann->post('/api/tasks', {projectId => $project,
		title => "task $client $n"}, timeout => 15);
	my $s = $r->status;
	return "ok " . $r->json->{id} if $s == 201 || $s == 200;
	my $code = eval { $r->json->{code} } // '';
	my $after = $r->header('retry-after') // 'none';
	return "$s retry-after=$after code=$code";
}

sub reader ($client, $n) {
	my $r = $ann->get("/api/tasks?projectId=$project&limit=1",
		timeout => 15);
	my $after = $r->header('retry-after') // 'none';
	return $r->status . " retry-after=$after";
}

sub judge ($what, @lines) {
	my %kinds;
	my @ids;
	for my $line (@lines) {
		if ($line =~ /^ok (\S+)/) {
			push @ids, $1;
			$kinds{ok}++;
		} else {
			$kinds{$line}++;
		}
	}
	my @bad = grep { $_ ne 'ok' && !/^200 /
		&& !/^503 retry-after=[1-9]/ } sort keys %kinds;
	is "@bad", '', "$what: success or 503 with Retry-After, nothing else";
	note "$_: $kinds{$_}" for sort keys %kinds;
	return @ids if !@ids;
	my $list = join ',', map { "'$_'" } @ids;
	is $m->psql("select count(*) from public.tasks where id in ($list)"),
		scalar @ids, "$what: every acknowledged write is there";
	return @ids;
}

for my $how (qw(INT KILL)) {
	my $load = Maestro::Load->new(3, \&writer);
	my $reads = Maestro::Load->new(1, \&reader);
	my $have = count_tasks();
	Maestro::Test::wait_for('some tasks',
		sub { count_tasks() > $have + 20 });
	$m->stop('postgres', $how);
	is $m->http->get('/health')->status, 200, "$how: still healthy without it";
	is $m->http->get('/ready')->status, 503, "$how: but not ready";
	$m->start('postgres');
	my $down = count_tasks();
	Maestro::Test::wait_for('new tasks', sub { count_tasks() > $down + 20 });
	judge("SIG$how", $load->stop);
	judge("SIG$how, readers", $reads->stop);
}

# A backend killed between requests is noticed and replaced silently.
$m->psql(q(select pg_terminate_backend(pid) from pg_stat_activity
	where usename = 'authenticator'));
is $ann->get('/api/tasks?limit=1')->status, 200,
	'a connection closed while idle costs no request' for 1 .. 8;

is join(' ', workers()), join(' ', @before), 'the workers are the same ones';
unlike $m->log('web'), qr/ev=worker_end/, 'and none of them died';
done_testing;
