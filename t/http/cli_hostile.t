# The commands for people against a peer that is no maestro at all: whatever it
# answers, they end with a sentence, and the terminal stays as it is.
use v5.36;
use lib 't/lib';
use Test::More;
use IO::Socket::INET;
use Maestro::Cli;
use Maestro::Test;
use POSIX ();

my $listener = IO::Socket::INET->new(Listen => 128, LocalAddr => '127.0.0.1',
	LocalPort => 0, ReuseAddr => 1) or die "listen: $!";
my $port = $listener->sockport;
my $dir = File::Temp->newdir('/tmp/mt-peer-XXXXXX');

sub peer {
	my $pid = fork // die;
	return $pid if $pid;
	$SIG{TERM} = sub { POSIX::_exit(0) };
	while (my $c = $listener->accept) {
		my ($head, $n) = ('', 0);
		while (my $line = <$c>) {
			$n = $1 if $line =~ /^content-length: (\d+)/i;
			last if $line eq "\r\n";
		}
		read $c, my $body, $n if $n;
		open my $f, '<', "$dir/answer";
		print $c do { local $/; <$f> };
		close $c;
	}
	POSIX::_exit(0);
}
my $pid = peer();

sub answers ($status, $body, @more) {
	open my $f, '>', "$dir/new" or die;
	print $f join "\r\n", "HTTP/1.1 $status", 'Connection: close',
		'Content-Length: ' . length $body, @more, '', $body;
	close $f;
	rename "$dir/new", "$dir/answer";
}

my $c = Maestro::Cli->new(undef, env => {MAESTRO_RETRIES => 0,
	MAESTRO_SERVER_URL => "http://127.0.0.1:$port/k/mst_x",
	MAESTRO_PROJECT_ID => 'p'});
my @commands = map { [split] } split /\n/, <<'END';
auth whoami
auth login --email x --password-file /etc/hostname
auth login --google
project list
project show p
project create x
task list
task list --priority high
task show t
task create x
task claim
session list
session show s
session needs-input
session prompt s text
mail inbox
mail show m
mail thread t
mail reply m text
mail wait s --timeout 1
token list
token create x
status
watch --timeout 1
complete -- task show x
END

my $evil = '\u001b[2J\u009b31m\u202e';
my @answers = (
	['200 OK', ''], ['200 OK', '<html>hello'], ['200 OK', 'null'],
	['200 OK', '[]'], ['200 OK', '{}'], ['200 OK', '[1,"x",null,[]]'],
	['200 OK', '"text"'], ['200 OK', '[{}]'], ['204 No Content', ''],
	['200 OK', qq([{"id":"$evil","title":"$evil","name":"$evil",)
		. qq("status":"$evil","taskIds":"no","createdAt":"x",)
		. qq("updatedAt":9223372036854775807,"scopes":[{}],)
		. qq("body":{"$evil":"$evil"}}])],
	['200 OK', qq({"id":["x"],"email":"$evil","body":[1],"needsInput":1,)
		. qq("timeline":{"a":1},"metadata":3,"token":7,"description":)
		. qq("$evil","projectId":{},"subject":3,"authUrl":7,)
		. qq("anonKey":"a\\r\\nb","external":[]})],
	['200 OK', qq({"authUrl":"file:///etc/passwd","anonKey":"x",)
		. qq("needsInput":{"active":true,"message":"$evil"},)
		. qq("timeline":[1,{"type":"$evil","timestamp":-5}]})],
	['200 OK', '[' x 5000], ['200 OK', "\xff\xfe{}"],
	['302 Found', '', 'Location: http://127.0.0.1:1/'],
	['400 Bad', qq({"error":true,"code":"$evil","message":"$evil",)
		. qq("details":["$evil"]})],
	['401 No', qq({"error":"$evil"})], ['403 No', '{"message":"no"}'],
	['404 No', '[]'], ['418 Pot', 'short and stout'], ['500 Oops', 'oops'],
	['999 What', '{}'],
);
for my $answer (@answers) {
	answers(@$answer);
	my (@bad, @raw);
	my @runs = map { [$_, $c->start($_)] } @commands,
		map { [@$_, '--json'] } grep { $_->[0] ne 'complete' } @commands;
	for (@runs) {
		my ($words, $r) = ($_->[0], $_->[1]->wait);
		push @bad, "@$words: $r->{rc} $r->{err}" if $r->{rc} > 4;
		push @raw, "@$words" if "$r->{out}$r->{err}" =~
			/[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]/;
	}
	my $name = substr "@$answer", 0, 40;
	is "@bad", '', "each command ends: $name";
	is "@raw", '', "and steers no terminal: $name";
}
kill 'TERM', $pid;
waitpid $pid, 0;
done_testing;
