# Sixteen workers share what they need alike, and give back what a large
# request took.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Api;
use Maestro::Load;
use Maestro::Test;
use Time::HiRes qw(sleep);

plan skip_all => 'memory says little under the sanitizers'
	if Maestro::Test::is_sanitized;

# Idle, libraries count for more when no other instance maps them.
use constant {MOST_MB => 52, IDLE_MB => 28};

my $m = Maestro::Test->new(users => ['ann'], web_workers => 12,
	io_workers => 4, conf => {rate_token => 1000000});
my $ann = $m->as('ann');
my $service = $m->service;
my $b = $m->http->with(headers => {Cookie =>
	"__Host-maestro_session=" . $m->user('ann')->{token}});
my $project = new_project($ann, 'Memory', workingDir => '/w');
my @tasks = map { $ann->post('/api/tasks', {projectId => $project,
	title => "Task $_", description => 'Some **text**. ' x 20})->json->{id} }
	1 .. 60;
$ann->post('/api/sessions', {projectId => $project, name => "Session $_",
	taskIds => []}) for 1 .. 20;
$service->post('/storage/v1/bucket', {id => 'memory', name => 'memory'});

my $master = $m->pid('web');

sub workers () {
	open my $f, '<', "/proc/$master/task/$master/children" or return;
	return split ' ', readline $f;
}

# Shared pages count as many times less as processes share them.
sub pss_mb () {
	my $kb = 0;
	for my $pid ($master, workers()) {
		open my $f, '<', "/proc/$pid/smaps_rollup" or die "$pid: $!";
		$kb += /^Pss:\s+(\d+)/ ? $1 : 0 while <$f>;
	}
	return sprintf '%.1f', $kb / 1024;
}

sub object ($name, $type, $body) {
	return $service->request('POST', "/storage/v1/object/memory/$name",
		undef, body => $body, type => $type)->status;
}

my @kinds = (
	sub { $b->get("/app/projects/$project")->status },
	sub { $b->get("/app/tasks/$tasks[0]")->status },
	sub { $b->get("/app/projects/$project/sessions")->status },
	sub { $m->http->get('/app/sign-in')->status },
	sub { $ann->get("/api/tasks?projectId=$project")->status },
	sub ($i, $n) { object("$i-$n.txt", 'text/plain',
		"A line of text.\n" x 5000) },
	sub ($i, $n) { object("$i-$n.png", 'image/png', "\x89PNG\r\n\x1a\n"
		. pack('Na4NNCCCCC', 13, 'IHDR', 9, 9, 8, 6, 0, 0, 0)
		. "\0" x 100_000) },
);

sub load ($seconds, @what) {
	my $load = Maestro::Load->new(16, sub ($i, $n) {
		return $what[$n % @what]->($i, $n);
	});
	sleep $seconds;
	my %answers;
	$answers{$_}++ for $load->stop;
	return \%answers;
}

is scalar(workers()), 16, 'sixteen workers';
my $idle = pss_mb();
cmp_ok $idle, '<=', IDLE_MB, "idle, with their master: $idle MB";

my $answers = load(4, @kinds);
is join(' ', sort keys %$answers), '200', 'all kinds of requests';
my $warm = pss_mb();
cmp_ok $warm, '<=', MOST_MB, "after $answers->{200}: $warm MB";

# 90 kB that take 25 MB as a tree.
my $greedy = '[' . join(',', ('{}') x 30_000) . ']';
$answers = load(2, sub { $ann->request('POST', '/api/tasks', undef,
	body => $greedy, type => 'application/json')->status });
is join(' ', sort keys %$answers), '400', 'large bodies are refused';
# A worker gives it back when the answer is out.
my $after;
Maestro::Test::wait_for('the memory to come back',
	sub { ($after = pss_mb()) <= MOST_MB });
pass "after $answers->{400} of them: $after MB";

done_testing;
