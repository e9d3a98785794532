# GET /api/mail/wait/:sessionId: who waits holds a worker of the io pool, so
# few may, none for long, and uploads never wait for them.
use v5.36;
use lib 't/lib';
use POSIX ();
use Test::More;
use Time::HiRes qw(time);
use Maestro::Api;
use Maestro::Test;

my $m = Maestro::Test->new(users => [qw(ann vic bob)], io_workers => 3);
my ($ann, $vic, $bob) = map { $m->as($_) } qw(ann vic bob);
my $p = new_project($ann, 'A');
add_members($ann, $p, vic => 'viewer');
$ann->post('/api/sessions', {id => $_, projectId => $p, taskIds => []})
	for qw(one two three);

sub send_to ($session, %more) {
	return $ann->post('/api/mail', {projectId => $p, type => 'query',
		subject => 's', toSessionId => $session, %more})->json;
}

# How many wait, as the server counts them.
sub waiting () {
	return $m->http->get('/metrics')->body =~ /^maestro_waiting (\d+)$/m
		? $1 : die 'no count of those who wait';
}
sub until_waiting ($n) {
	Maestro::Test::wait_for("$n to wait", sub { waiting() == $n });
}

# A request under way, and its answer with the time it took.  Each from an
# address of its own: one address is held back when it asks too often.
my $address = 0;
sub begin ($who, $path, $ip = '198.51.100.' . ++$address) {
	my $s = $who->connect;
	my $begun = time;
	print $s "GET $path HTTP/1.1\r\nHost: localhost\r\n"
		. "X-Test-Ip: $ip\r\nConnection: close\r\n", (map { "$_: $who->{headers}{$_}\r\n" }
		sort keys %{$who->{headers}}), "\r\n";
	$s->flush;
	return {socket => $s, begun => $begun};
}
sub answer ($w) {
	my $s = $w->{socket};
	local $/;
	my $r = Maestro::Response->new(readline($s) // '', 'GET');
	$w->{s} = time - $w->{begun};
	return $r;
}
sub timed ($who, @what) {
	my $w = begin($who, @what);
	return (answer($w), $w->{s});
}

# Nobody waits for two minutes.  On a server of its own and in a process of its
# own, which says how it went when all the rest is done.
my $long = Maestro::Test->new(users => ['ann'], io_workers => 2);
$long->as('ann')->post('/api/sessions', {id => 'one', taskIds => [],
	projectId => $long->as('ann')->post('/api/projects', {name => 'A',
	workingDir => '/'})->json->{id}});
my $child = open my $longest, '-|';
die "fork: $!" if !defined $child;
if (!$child) {
	my ($r, $s) = timed($long->as('ann'),
		'/api/mail/wait/one?timeout=120000');
	syswrite STDOUT, join(' ', $r->status, $r->body, $s) . "\n";
	POSIX::_exit(0);
}

# --- what is wrong ---

for (['timeout=999', 'timeout'], ['timeout=120001', 'timeout'],
	['timeout=soon', 'timeout'], ['since=x', 'since'], ['type=x', 'type'])
{
	my $r = $ann->get("/api/mail/wait/one?$_->[0]");
	is_deeply [$r->status, $r->json->{code}, $r->json->{details}[0]{path}],
		[400, 'VALIDATION_ERROR', $_->[1]], "$_->[0] is refused";
}
is $ann->get('/api/mail/wait/none?timeout=1000')->status, 404,
	'a session that is not there';
is $bob->get('/api/mail/wait/one?timeout=1000')->status, 404,
	'or is not mine';
is $m->http->get('/api/mail/wait/one')->status, 401, 'nobody waits unknown';

# --- at once, later, not at all ---

my ($r, $s) = timed($ann, '/api/mail/wait/one?timeout=1000');
is_deeply [$r->status, $r->json], [200, []], 'nothing came';
cmp_ok $s, '>=', 1, 'in all the time that was asked for';
cmp_ok $s, '<', 5, 'and not much more';
is $r->header('retry-after'), undef, 'there was room to wait';

my $mail = send_to('one');
($r, $s) = timed($vic, '/api/mail/wait/one?timeout=10000');
is_deeply $r->json, [$mail], 'what is there is given';
cmp_ok $s, '<', 5, 'at once, to a viewer too';

my $w = begin($ann, "/api/mail/wait/one?since=$mail->{createdAt}");
until_waiting(1);
send_to('two');
send_to('one', type => 'notification', subject => 'later');
$r = answer($w);
is_deeply [map { $_->{subject} } @{$r->json}], ['later'],
	'what arrives ends the wait; what is for another does not'
	or diag $r->bytes;
cmp_ok $w->{s}, '<', 10, 'soon';

$w = begin($vic, "/api/mail/wait/one?type=directive&timeout=20000"
	. "&projectId=$p");
until_waiting(1);
send_to('one', subject => 'not this');
send_to('one', subject => 'this', type => 'directive');
is_deeply [map { $_->{subject} } @{answer($w)->json}], ['this'],
	'only mail of the type asked for';

my $now = int(time * 1000) + 1000;
$w = begin($ann, "/api/mail/wait/one?since=$now");
until_waiting(1);
Maestro::Test::wait_for('that time', sub { time * 1000 > $now + 1 });
$ann->post('/api/mail', {projectId => $p, type => 'query', subject => 'x',
	fromSessionId => 'one', toSessionId => 'two'});
my $token = $ann->post('/api/tokens', {name => 't'})->json->{token};
send_to('one', subject => 'since');
is_deeply [map { $_->{subject} } @{answer($w)->json}], ['since'],
	'only mail after since';

$w = begin($m->http, "/k/$token/api/mail/wait/two?since=$now&timeout=1000");
is_deeply [map { $_->{subject} } @{answer($w)->json}], ['x'],
	'with the token in the path, as the CLI asks';

# --- too many ---

my $never = '/api/mail/wait/one?since=' . int((time + 600) * 1000);
my @w = map { begin($ann, $never) } 1, 2;
until_waiting(2);
($r, $s) = timed($ann, "$never&timeout=20000");
is_deeply [$r->status, $r->json], [200, []],
	'one too many gets the empty list';
cmp_ok $s, '<', 5, 'at once';
cmp_ok $r->header('retry-after') // 0, '>', 0, 'and when to come again';
cmp_ok scalar @{$ann->get('/api/mail/wait/two')->json}, '>', 0,
	'what is there comes all the same';
is $m->service->post('/storage/v1/bucket', {id => 'b', name => 'b'})->status,
	200, 'a bucket';
for my $n (1 .. 3) {
	is $m->service->post("/storage/v1/object/b/$n", undef,
		body => 'y' x 300_000, type => 'application/octet-stream')
		->status, 200, "upload $n goes on while others wait";
}
is waiting(), 2, 'they still do';

my @crowd = map { begin($ann, $never) } 1 .. 20;
my @refused = grep { ($_->header('retry-after') // 0) > 0 }
	map { answer($_) } @crowd;
is scalar @refused, 20, 'a crowd is sent away';
is waiting(), 2, 'never do more wait';

# A client that asks again at once, whatever it was told.
my $begun = time;
for my $n (1 .. 9) {
	($r, $s) = timed($ann, $never, '192.0.2.1');
	is_deeply [$r->status, $r->json], [200, []], "$n in a row get an answer";
}
cmp_ok time - $begun, '>', 2, 'the first at once, then they are held back';
cmp_ok time - $begun, '<', 15, 'but not for long';
cmp_ok +(timed($ann, '/api/mail/wait/three?timeout=1000&since='
	. int((time + 600) * 1000), '192.0.2.1'))[1], '<', 3,
	'another session is not held back';
@crowd = map { begin($ann, $never, '192.0.2.2') } 1 .. 20;
my @r = map { answer($_) } @crowd;
is scalar(grep { $_->status == 200 } @r), 10,
	'of many at once for one session those are answered that can be soon';
my ($late) = grep { $_->status != 200 } @r;
is_deeply [$late->status, $late->json->{code}, $late->header('retry-after')],
	[429, 'RATE_LIMITED', 2], 'the others are refused, with a reason';
cmp_ok +(sort { $b <=> $a } map { $_->{s} } @crowd)[0], '<', 12,
	'and nobody is held back for more than some seconds';
is waiting(), 2, 'nor holds a worker';

# --- who goes ---

close $_->{socket} for @w;
until_waiting(0);
pass 'who hangs up frees its worker';
$w = begin($vic, $never);
until_waiting(1);
is $ann->del("/api/projects/$p/members/" . $m->user('vic')->{id})->status,
	200, 'a member is removed';
is answer($w)->status, 404, 'who loses the project stops waiting';

# --- one user's waiters and all others ---

until_waiting(0);
my $q_bob = new_project($bob, 'B');
$bob->post('/api/sessions', {id => 'his', projectId => $q_bob, taskIds => []});
my $his = $never =~ s/one/his/r;
@w = map { begin($ann, $never) } 1, 2;
until_waiting(2);
($r, $s) = timed($bob, "$his&timeout=1000");
is_deeply [$r->json, ($r->header('retry-after') // 0) > 0], [[], 1],
	'a user alone has all places, who comes then has none';
close $_->{socket} for @w;
until_waiting(0);
@w = begin($ann, $never);
until_waiting(1);
($r, $s) = timed($ann, $never);
is_deeply [$r->json, ($r->header('retry-after') // 0) > 0], [[], 1],
	'but then it gets no more than its share';
push @w, begin($bob, $his);
until_waiting(2);
pass 'so that the other has a place too';
close $_->{socket} for @w;
until_waiting(0);

# --- the server goes ---

$w = begin($ann, $never);
until_waiting(1);
$m->reload;
$r = answer($w);
is_deeply [$r->status, $r->json], [200, []],
	'a reload ends waits with the empty list' or diag $r->bytes;
cmp_ok $w->{s}, '<', 10, 'promptly';
until_waiting(0);

$w = begin($ann, $never);
until_waiting(1);
my $master = $m->pid('web');
open my $f, '<', "/proc/$master/task/$master/children" or die "children: $!";
kill KILL => split ' ', readline $f;
is answer($w)->status, 503, 'a worker is killed';
Maestro::Test::wait_for('new workers',
	sub { $m->http->get('/health')->status == 200 });
until_waiting(0);
pass 'the dead do not count';

$w = begin($ann, $never);
until_waiting(1);
$m->stop('postgres');
$r = answer($w);
is_deeply [$r->status, $r->json->{code}, $r->header('retry-after') > 0],
	[503, 'DATABASE_UNAVAILABLE', 1], 'a lost database is told honestly'
	or diag $r->bytes;
$m->start('postgres');
Maestro::Test::wait_for('the database',
	sub { $m->http->get('/ready')->status == 200 });

$w = begin($ann, $never);
until_waiting(1);
$m->stop('web');
$r = answer($w);
is_deeply [$r->status, $r->json], [200, []], 'so does the end of the server'
	or diag $r->bytes;
cmp_ok $w->{s}, '<', 10, 'promptly';
unlike $m->log('web'), qr/ev=worker_(?:killed|overdue)/,
	'nobody had to be killed';

# --- a pool of one ---

my $small = Maestro::Test->new(users => ['ann'], io_workers => 1,
	conf => {mail_waiters => 100});
my $q = $small->as('ann')->post('/api/projects', {name => 'A',
	workingDir => '/'})->json->{id};
$small->as('ann')->post('/api/sessions', {id => 'one', projectId => $q,
	taskIds => []});
($r, $s) = timed($small->as('ann'), '/api/mail/wait/one');
is_deeply [$r->status, $r->json, $r->header('retry-after')], [200, [], 2],
	'the last io worker never waits, whatever the setting';
cmp_ok $s, '<', 5, 'the answer comes at once';

my ($status, $body, $took) = split ' ', readline $longest;
is_deeply [$status, $body], [200, '[]'], 'two minutes end';
cmp_ok $took, '<', 25, 'before 25 seconds';
cmp_ok $took, '>', 20, 'but not long before';

done_testing;
