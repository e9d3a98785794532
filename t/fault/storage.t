# What goes wrong under an object store: clients that go away, workers that
# die, a full disk, bytes nobody names, and objects far bigger than memory.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;
use Time::HiRes qw(time);

# A store of 8 MB, so that it can be full.
my $m = Maestro::Test->new(users => ['ann'], start => 0, io_workers => 2,
	conf => {sweep_grace_s => 1});
my $store = $m->dir . '/store';
my $is_small = $> == 0 && system("mount -t tmpfs -o size=8m,mode=755 maestro "
	. "$store 2>/dev/null") == 0;
END { system 'umount', '-l', $store if $is_small }
chown((getpwnam 'www-data')[2, 3], $store) if $is_small;
$m->_start_all;
my ($s, $v1) = ($m->service, '/storage/v1');
$s->post("$v1/bucket", {name => 'b', public => \1});
is system("$Maestro::Test::build/maestro", '-c', $m->dir . '/maestro.conf',
	'sweep'), 0, 'a store that nobody has used yet is clean';
ok !-e "$store/blob", 'and sweeping does not make it';

sub blobs { my @f = glob "$store/blob/*/*/*"; scalar @f }
sub left_overs { my @f = glob "$store/tmp/*"; scalar @f }
sub rows { $m->psql('select count(*) from storage.objects') }
sub up ($key, $bytes, %o) {
	return $s->request($o{method} // 'POST', "$v1/object/b/$key", undef,
		body => $bytes, type => 'application/octet-stream');
}
sub head ($key, $length) {
	return "POST $v1/object/b/$key HTTP/1.1\r\nHost: localhost\r\n"
		. "Connection: close\r\nAuthorization: Bearer "
		. $m->service_key . "\r\nContent-Type: text/plain\r\n"
		. "Content-Length: $length\r\n\r\n";
}
sub children ($pid) {
	open my $f, '<', "/proc/$pid/task/$pid/children" or return;
	return split ' ', <$f> // '';
}
# The worker that is in the middle of an upload has a nameless file open.
sub uploading {
	for my $pid (children($m->pid('web'))) {
		return $pid if grep { (readlink // '') =~ m{^\Q$store\E/tmp/} }
			glob "/proc/$pid/fd/*";
	}
	return 0;
}
sub sweep (@flags) {
	my $out = qx($Maestro::Test::build/maestro -c ${\$m->dir}/maestro.conf sweep @flags 2>&1);
	return ($? >> 8, $out);
}

# --- the client goes away ---
my $c = $m->http->connect;
syswrite $c, head('gone', 1_000_000) . 'x' x 300_000;
Maestro::Test::wait_for('the upload to be under way', \&uploading);
close $c;
Maestro::Test::wait_for('the worker to notice', sub { !uploading() });
is_deeply [blobs(), left_overs(), rows()], [0, 0, 0],
	'a client that went away leaves nothing';
is up('gone', 'here')->status, 200, 'its key is free';
up('gone', 'v' x 100, method => 'PUT') for 1 .. 2;

# --- the worker dies ---
$c = $m->http->connect;
syswrite $c, head('killed', 1_000_000) . 'x' x 300_000;
my $pid = Maestro::Test::wait_for('another upload', \&uploading);
kill KILL => $pid;
Maestro::Test::wait_for('the worker to be gone', sub { !kill 0, $pid });
close $c;
is left_overs(), 0, 'a killed worker leaves no file';
is rows(), 1, 'and no row';
is up('killed', 'alive')->status, 200, 'the next upload finds another worker';

# --- the sweeper ---
is blobs(), 4, 'replaced versions are kept for those who still read them';
my ($status, $out) = sweep('--quick');
is_deeply [$status, $out, blobs()], [0, '', 4], 'they are not swept at once';
$m->psql("update storage_local.doomed_versions
	set doomed_at = now() - interval '2 minutes'");
($status, $out) = sweep('--quick');
is $status, 0, 'maestro sweep';
like $out, qr/2 given up/, 'after a minute they are';
is_deeply [blobs(), $m->psql('select count(*)
	from storage_local.doomed_versions')], [2, 0], 'once and for all';

my $orphan = '0123abcd-0000-4000-8000-000000000000';
system "mkdir -p $store/blob/01/23 && echo lost >$store/blob/01/23/$orphan";
system "echo half >$store/tmp/$orphan";
Maestro::Test::wait_for('both to age', sub {
	!grep { (stat)[10] + 1 >= time }
		"$store/blob/01/23/$orphan", "$store/tmp/$orphan" });
($status, $out) = sweep();
like $out, qr/1 orphans, 1 left-overs; 0 rows/, 'orphans of a crash go';
is_deeply [blobs(), left_overs()], [2, 0], 'what rows name stays';
is $m->http->get("$v1/object/public/b/killed")->body, 'alive', 'and is whole';
$m->psql("insert into storage.objects (bucket_id, name, version)
	values ('b', 'ghost', gen_random_uuid())");
($status, $out) = sweep();
is $status, 1, 'a row without bytes makes it exit 1';
like $out, qr/ev=bytes_missing/, 'and is logged';
($status, $out) = sweep('--nonsense');
is $status, 2, 'wrong usage';

# --- the disk is full ---
SKIP: {
	skip 'needs a file system of its own', 5 if !$is_small;
	my $before = blobs();
	my $r = up('huge', 'z' x 9_000_000);
	is_deeply [$r->status, $r->json->{code}], [500, 'InternalError'],
		'no room for what was announced';
	up("fill$_", 'z' x 1_500_000) for 1 .. 4;
	my $full = blobs();
	$r = $m->http->raw("POST $v1/object/b/chunks HTTP/1.1\r\n"
		. "Host: localhost\r\nConnection: close\r\nAuthorization: "
		. "Bearer " . $m->service_key . "\r\nTransfer-Encoding: "
		. "chunked\r\n\r\n", ("100000\r\n" . 'z' x 1048576 . "\r\n")
		x 4 . "0\r\n\r\n");
	is $r->status, 500, 'no room for what came';
	unlike $r->body, qr/space|\/tmp/, 'details are for the log';
	is_deeply [blobs(), left_overs()], [$full, 0], 'nothing of it is kept';
	is $m->http->get("$v1/object/public/b/killed")->body, 'alive',
		'the rest is as it was';
	system 'umount', '-l', $store;
	$is_small = 0;
}

# --- far bigger than memory ---
my $size = ($ENV{MAESTRO_TEST_BIG} ? 2048 : 256) * 1024 * 1024;
$m->stop('web');
system "mkdir -p $store/blob $store/tmp && chmod 755 $store";
chown((getpwnam 'www-data')[2, 3], $store, "$store/blob", "$store/tmp")
	if $> == 0;
$m->start('web');
my ($sent, $most, $began) = (0, 0, time);
$c = $m->http->connect;
syswrite $c, head('big', $size);
my $block = "\0" x 1048576;
while ($sent < $size) {
	my $n = syswrite $c, $block or last;
	$sent += $n;
	next if $sent % (16 * 1048576) >= 1048576;
	for my $pid (children($m->pid('web'))) {
		open my $f, '<', "/proc/$pid/status" or next;
		my ($kb) = join('', <$f>) =~ /^RssAnon:\s+(\d+)/m;
		$most = $kb if ($kb // 0) > $most;
	}
}
is $sent, $size, 'all of it was taken';
my $answer = join '', <$c>;
like $answer, qr{^HTTP/1\.1 200\b}, 'and stored' or diag $answer;
note sprintf '%d MB in %.1f s, %d kB in the largest worker', $size / 1048576,
	time - $began, $most;
cmp_ok $most, '<', 16384, 'in constant memory';
is $s->head("$v1/object/b/big")->header('content-length'), $size,
	'with its size';
done_testing;
