# Uploads that break off: the client goes, the worker is killed, the master
# thinks it takes too long, the disk is full.  Nothing half is ever seen.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;
use Digest::MD5 qw(md5_hex);

my $m = Maestro::Test->new(web_workers => 2, io_workers => 1,
	conf => {io_timeout_ms => 60000});
my $store = $m->dir . '/store';
is $m->service->post('/storage/v1/bucket', {id => 'b', name => 'b'})->status,
	200, 'a bucket';

sub workers () {
	my $master = $m->pid('web');
	open my $f, '<', "/proc/$master/task/$master/children" or return;
	return sort { $a <=> $b } split ' ', readline $f;
}

# What the workers write at this moment: unnamed files (O_TMPFILE), or named
# ones in tmp/ where the file system has no unnamed ones.
sub in_flight () {
	my @fds = grep { (readlink $_ // '') =~ m{^\Q$store\E/tmp/} }
		map { glob "/proc/$_/fd/*" } workers();
	return @fds, grep { -f } glob "$store/tmp/*";
}

# Half an upload of n bytes: head and `sent` bytes are on their way.
sub begin ($name, $n, $sent) {
	my $s = $m->http->connect;
	my $key = $m->service_key;
	print $s "POST /storage/v1/object/b/$name HTTP/1.1\r\nHost: x\r\n"
		. "Authorization: Bearer $key\r\napikey: $key\r\n"
		. "Content-Type: application/octet-stream\r\n"
		. "Connection: close\r\nContent-Length: $n\r\n\r\n"
		. 'x' x $sent;
	$s->flush;
	return $s;
}

sub answer ($s) {
	local $/;
	return Maestro::Response->new(readline($s) // '', 'POST');
}

sub absent ($name, $what) {
	is $m->service->get("/storage/v1/object/b/$name")->status, 400,
		"$what: no object";
	is $m->psql("select count(*) from storage.objects where name = '$name'"),
		0, "$what: no row";
}

# The worker has taken the request when its file grows.
sub under_way ($what) {
	Maestro::Test::wait_for("$what to be under way", sub {
		grep { -s } in_flight();
	});
}

sub none_left ($what) {
	Maestro::Test::wait_for("$what to leave nothing",
		sub { !in_flight() });
	pass "$what: no bytes left behind";
}

subtest 'a whole one' => sub {
	my $r = $m->service->post('/storage/v1/object/b/whole', undef,
		body => 'y' x 300_000, type => 'application/octet-stream');
	is $r->status, 200, 'is taken' or diag $r->bytes;
	is md5_hex($m->service->get('/storage/v1/object/b/whole')->body),
		md5_hex('y' x 300_000), 'and comes back';
};

subtest 'the client goes away' => sub {
	my @before = workers();
	my $s = begin('gone', 4_000_000, 1_000_000);
	under_way('the upload');
	close $s;
	none_left('the client goes');
	absent('gone', 'the client goes');
	is "@{[workers()]}", "@before", 'the worker lives';
};

subtest 'the worker is killed' => sub {
	my $io = (workers())[-1];
	my $s = begin('killed', 4_000_000, 1_000_000);
	under_way('the upload');
	kill 'KILL', $io;
	is answer($s)->status, 503, 'the client is told';
	absent('killed', 'the worker is killed');
	Maestro::Test::wait_for('another worker', sub {
		my @now = workers();
		@now == 3 && $now[-1] != $io;
	});
	is $m->service->post('/storage/v1/object/b/after', undef,
		body => 'z')->status, 200, 'its successor takes uploads';
};

subtest 'TERM waits for the upload in hand' => sub {
	my $s = begin('patient', 3_000_000, 1_000_000);
	under_way('the upload');
	$m->proc('web')->signal('TERM');
	Maestro::Test::wait_for('the sockets to go', sub {
		$m->http->get('/health')->status == 503;
	});
	print $s 'x' x 2_000_000;
	$s->flush;
	is answer($s)->status, 200, 'it is taken to its end';
	ok $m->proc('web')->wait_end(10), 'then maestro-web ends';
	is $m->proc('web')->{status}, 0, 'with status 0';
	$m->start('web');
	is length $m->service->get('/storage/v1/object/b/patient')->body,
		3_000_000, 'all of it is there';
};

subtest 'an overdue worker' => sub {
	$m->set_conf(io_timeout_ms => 400);
	$m->stop('web');
	$m->start('web');
	my $io = (workers())[-1];
	my $s = begin('overdue', 4_000_000, 1_000_000);
	is answer($s)->status, 503, 'is killed, the client is told';
	absent('overdue', 'overdue');
	Maestro::Test::wait_for('another worker', sub {
		my @now = workers();
		@now == 3 && $now[-1] != $io;
	});
	pass 'and replaced';
	$m->set_conf(io_timeout_ms => 60000);
	$m->stop('web');
	$m->start('web');
};

SKIP: {
	skip 'a small disk needs root', 1 if $> != 0;
	subtest 'the disk is full' => sub {
		$m->stop('web');
		system('mount', '-t', 'tmpfs', '-o', 'size=3m,mode=755',
			'tmpfs', $store) == 0
			or return plan skip_all => 'mount is not allowed here';
		$m->_give($store);
		$m->start('web');
		my $r = $m->service->post('/storage/v1/object/b/small', undef,
			body => 'a' x 500_000, type => 'application/x');
		is $r->status, 200, 'what fits is taken';
		# Without a length nothing can be refused beforehand.
		$r = $m->service->post('/storage/v1/object/b/big', undef,
			body => chunked('b' x 5_000_000), headers => {
			'Transfer-Encoding' => 'chunked',
			'Content-Length' => undef});
		ok $r->status >= 500, 'what does not is refused';
		note $r->status . ' ' . $r->body;
		unlike $r->body, qr{/tmp/|No space}, 'without inner details';
		absent('big', 'disk full');
		none_left('disk full');
		is $m->service->get('/storage/v1/object/b/small')->body,
			'a' x 500_000, 'what was there is whole';
		is $m->service->post('/storage/v1/object/b/small2', undef,
			body => 'c' x 500_000)->status, 200, 'and there is room again';
		$m->stop('web');
		system('umount', $store) == 0 or diag 'umount failed';
		$m->start('web');
	};
}

sub chunked ($bytes) {
	my $out = '';
	while (length $bytes) {
		my $part = substr $bytes, 0, 60_000, '';
		$out .= sprintf "%x\r\n%s\r\n", length $part, $part;
	}
	return $out . "0\r\n\r\n";
}

done_testing;
END {
	local $?;
	system("umount $store 2>/dev/null") if $> == 0 && $store;
}
