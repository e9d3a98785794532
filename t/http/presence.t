# Sessions whose agents vanish: heartbeats, and the sweep that misses them
# (maestro-api.md 2.14, 5.4; realtime.md 8.3).
use v5.36;
use lib 't/lib';
use JSON::PP ();
use Test::More;
use Time::HiRes qw(sleep);
use Maestro::Api;
use Maestro::AtOnce;
use Maestro::Test;

# maestro-web's own sweep sleeps until the last part.
my %short = (presence_ttl_ms => 2000, presence_grace_ms => 1000);
my $m = Maestro::Test->new(users => [qw(ann bob)],
	conf => {%short, presence_sweep_ms => 3600000});
my ($ann, $bob) = map { $m->as($_) } qw(ann bob);
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $p = new_project($ann, 'A');
my $t = $ann->post('/api/tasks', {projectId => $p})->json->{id};

sub session ($id, %more) {
	return $ann->post('/api/sessions', {projectId => $p, taskIds => [],
		id => $id, status => 'working', %more})->json->{id};
}
sub status ($id) { $ann->get("/api/sessions/$id")->json->{status} }
sub beat ($id, %what) {
	return $ann->post("/api/heartbeat/$id", {pid => 1, hostname => 'h',
		startedAt => 5, %what});
}
my $set = 'maestro:presence::deadline';
sub due (@ids) { $m->redis_cli('zadd', $set, map { (1, $_) } @ids) }
# Until none of the keys of beats is left.
sub silence () {
	Maestro::Test::wait_for('silence', sub {
		!grep { !/:deadline$/ } split /\n/, $m->redis_cli('--scan',
			'--pattern', 'maestro:presence:*');
	});
}
sub sweep () {
	my $out = `'$Maestro::Test::build/maestro' -c '@{[$m->dir]}/maestro.conf' sweep --presence 2>&1`;
	return $? ? "failed: $out" : $out;
}
sub old_enough () {
	Maestro::Test::wait_for('Redis to be old enough', sub {
		$m->redis_cli('info', 'server') =~ /uptime_in_seconds:(\d+)/
			&& $1 >= 4;
	});
}

# --- beats ---

session('sess_a');
is_deeply beat('sess_a')->json, {status => 'accepted', stored => $true,
	ttl => 2}, 'a beat is stored';
is_deeply $ann->get('/api/heartbeat/sess_a')->json, {alive => $true,
	data => {pid => 1, hostname => 'h', startedAt => 5}}, 'and shown';
is $m->redis_cli('zcard', $set), 1, 'it has a deadline';
my $at = $m->redis_cli('zscore', $set, 'sess_a');
sleep 0.02;
beat('sess_a');
cmp_ok $m->redis_cli('zscore', $set, 'sess_a'), '>', $at,
	'each beat moves it';
is $bob->post('/api/heartbeat/sess_a', {})->status, 404,
	'nobody beats for a foreign session';
is beat('sess_a', pid => -1)->status, 400, 'nonsense is refused';

# --- who is silent ---

session('sess_b', taskIds => [$t]);
$ann->patch("/api/tasks/$t", {updateSource => 'session', sessionId => 'sess_b',
	sessionStatus => 'working'});
session('sess_idle', status => 'idle');
session('sess_never');
session('sess_done', status => 'completed');
session('sess_again', status => 'spawning');
session('sess_bye');
my @beating = qw(sess_a sess_b sess_idle sess_done sess_again sess_bye);
beat($_) for @beating;
is_deeply $ann->del('/api/heartbeat/sess_bye')->json, {status => 'removed'},
	'an agent that ends says so';
is $m->redis_cli('zscore', $set, 'sess_bye'), '', 'and is not waited for';
old_enough();
beat($_) for grep { $_ ne 'sess_bye' } @beating;
is sweep(), '', 'nobody is late';
silence();
is sweep(), '', 'nobody has been silent for the grace too';
Maestro::Test::wait_for('the deadline', sub {
	beat('sess_a');
	my ($s, $us) = split /\n/, $m->redis_cli('time');
	$m->redis_cli('zcount', $set, '-inf', $s * 1000 + int($us / 1000)) == 4;
});
is sweep(), "swept: 2 agents are lost\n", 'then two are lost';
is_deeply {map { ($_ => status("sess_$_")) }
	qw(a b idle never done again bye)}, {a => 'working', b => 'failed',
	idle => 'failed', never => 'working', done => 'completed',
	again => 'spawning', bye => 'working'},
	'those who were at work and stopped beating, and no other';
my $b = $ann->get('/api/sessions/sess_b')->json;
my $last = $b->{timeline}[-1];
is_deeply [@$last{qw(type metadata)}], ['error',
	{code => 'agent_disconnected'}], 'the timeline says why'
	or diag explain $last;
like $last->{message}, qr/^agent_disconnected\b/, 'in words too';
like $b->{completedAt}, qr/^\d{13}$/, 'it has ended';
is $ann->get("/api/tasks/$t")->json->{taskSessionStatuses}{sess_b}, 'failed',
	'7.6: so has its part of the task';
is $m->redis_cli('zcard', $set), 1, 'only who lives is waited for';
is sweep(), '', 'once';

# --- many at once ---

$ann->del('/api/heartbeat/sess_a');
my @many = map { "sess_m$_" } 1 .. 60;
session($_) for @many;
due(@many);
my @out = at_once(6, sub ($i) { sweep() });
my $sum = 0;
$sum += ($_ // '') =~ /swept: (\d+)/ ? $1 : 0 for @out;
is $sum, 60, 'several sweeps at once share the work';
is $m->psql("select count(*), count(distinct session_id)
	from public.session_timeline where type = 'error'
	and session_id like 'sess\\_m%'"), '60|60', 'each is failed once';

# --- without a database ---

session('sess_c');
due('sess_c');
$m->stop('postgres');
like sweep(), qr/^failed: /, 'without a database the sweep fails';
isnt $m->redis_cli('zscore', $set, 'sess_c'), '',
	'who is due is not forgotten';
$m->start('postgres');
Maestro::Test::wait_for('the database', sub { status('sess_c') });
due('sess_c');
like sweep(), qr/1 agents/, 'the next one finds it';

# --- Redis forgets, or remembers too much ---

session($_) for qw(sess_d sess_e);
$m->stop('redis', 'KILL');
is sweep(), '', 'without Redis nobody is dead';
is_deeply $ann->get('/api/heartbeat/sess_d')->json, {alive => $true,
	data => undef}, 'nor does it look so';
is beat('sess_d')->json->{stored}, $false, 'a beat then is not stored there';
is $m->psql('select session_id from private.session_beats'), 'sess_d',
	'but in the database';
is $bob->post('/api/heartbeat/sess_d', {})->status, 404,
	'where nobody beats for a foreign session either';
$m->start('redis');
due(qw(sess_d sess_e));
is sweep(), '', 'a young Redis with an old set is not believed';
is $m->psql('select count(*) from private.session_beats'), 0,
	'what the database kept is handed over';
cmp_ok $m->redis_cli('zscore', $set, 'sess_d'), '>', 1, 'to Redis';
old_enough();
$m->psql("insert into private.session_beats (session_id) values ('sess_d')");
due(qw(sess_d sess_e));
like sweep(), qr/1 agents/, 'later it is';
is_deeply [map { status($_) } qw(sess_d sess_e)], [qw(working failed)],
	'but not when the database knows better';
sleep 3.1;
like sweep(), qr/1 agents/, 'who then is silent is missed';

# --- maestro-web looks by itself ---

session($_) for qw(sess_f sess_g);
beat('sess_f');
$m->set_conf(presence_sweep_ms => 200);
$m->reload;
Maestro::Test::wait_for('the lost agent to be found', sub {
	beat('sess_g');
	return status('sess_f') eq 'failed';
});
is status('sess_g'), 'working', 'who beats lives';
unlike $m->log('web'), qr/ev=worker_end|status=500/, 'no worker died';
done_testing;
