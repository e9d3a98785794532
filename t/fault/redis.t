# Redis is a help, not a need: it goes, work goes on; it comes, it is used.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Api;
use Maestro::Test;
use Maestro::Load;

my $m = Maestro::Test->new(users => ['ann'], conf => {
	presence_ttl_ms => 1000, presence_grace_ms => 1000,
	presence_sweep_ms => 100});
my $ann = $m->as('ann');
my $project = new_project($ann, 'fault', workingDir => '/w');

my $load = Maestro::Load->new(2, sub ($client, $n) {
	my $r = $ann->post('/api/tasks',
		{projectId => $project, title => "task $client $n"});
	return $r->status;
});
my $sign_ins = Maestro::Load->new(1, sub ($client, $n) {
	my $u = $m->user('ann');
	return $m->anon->with(ip => '192.0.2.' . $n % 250)
		->post('/auth/v1/token?grant_type=password',
		{email => $u->{email}, password => $u->{password}})->status;
});

# An agent that beats all along.
$ann->post('/api/sessions', {projectId => $project, taskIds => [],
	id => "sess_$_", status => 'working'}) for qw(alive silent);
my $beats = Maestro::Load->new(1, sub ($client, $n) {
	select undef, undef, undef, 0.05;
	return $ann->post('/api/heartbeat/sess_alive', {})->status;
});
sub session_status ($id) { $ann->get("/api/sessions/$id")->json->{status} }

sub ready_redis () { $m->http->get('/ready')->json->{checks}{redis} }

is ready_redis(), 'ok', 'Redis is seen';
$m->stop('redis', 'KILL');
Maestro::Test::wait_for('its absence to be seen',
	sub { ready_redis() ne 'ok' });
is $m->http->get('/ready')->status, 200, 'without it the service is ready';
is $ann->get('/api/tasks')->status, 200, 'and works';
$m->start('redis');
Maestro::Test::wait_for('its return to be seen',
	sub { ready_redis() eq 'ok' });
my %writes = map { $_ => 1 } $load->stop;
my %tokens = map { $_ => 1 } $sign_ins->stop;
# Long enough for the set that was lost, had it been kept, to be looked at.
$ann->post('/api/heartbeat/sess_silent', {});
Maestro::Test::wait_for('a silent agent to be missed',
	sub { session_status('sess_silent') eq 'failed' });
is session_status('sess_alive'), 'working',
	'an agent that beat all along is not called dead';
my %beats = map { $_ => 1 } $beats->stop;
is join(' ', sort keys %beats), '200', 'every beat was taken';
is join(' ', sort keys %writes), '201', 'every write was taken all along';
is join(' ', sort keys %tokens), '200', 'every sign-in too';
unlike $m->log('web'), qr/ev=worker_end/, 'no worker died';
done_testing;
