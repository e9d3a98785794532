# What goes wrong while an image of a task is stored: a full disk, a store that
# is away, a worker that dies, a task that goes meanwhile.  Nothing stays.
use v5.36;
use MIME::Base64 qw(encode_base64);
use Test::More;
use lib 't/lib';
use Maestro::Api;
use Maestro::Test;

# A store of 8 MB, so that it can be full.
my $m = Maestro::Test->new(users => ['ann'], start => 0, io_workers => 2);
my $store = $m->dir . '/store';
my $is_small = $> == 0 && system("mount -t tmpfs -o size=8m,mode=755 maestro "
	. "$store 2>/dev/null") == 0;
END { system 'umount', '-l', $store if $is_small }
chown((getpwnam 'www-data')[2, 3], $store) if $is_small;
$m->_start_all;
my $ann = $m->as('ann');
my $p = new_project($ann, 'A');
my $t = $ann->post('/api/tasks', {projectId => $p, title => 't'})->json->{id};
my $gif = pack 'H*', '47494638396101000100800000000000ffffff21f90401000000002c'
	. '00000000010001000002024401003b';

sub body ($bytes) {
	return '{"filename":"a.gif","mimeType":"image/gif","data":"'
		. encode_base64($bytes, '') . '"}';
}
sub post ($bytes = $gif) {
	return $ann->request('POST', "/api/tasks/$t/images", undef,
		body => body($bytes), type => 'application/json');
}
sub head ($n) {
	return "POST /api/tasks/$t/images HTTP/1.1\r\nHost: localhost\r\n"
		. "Connection: close\r\nAuthorization: Bearer "
		. $m->user('ann')->{token} . "\r\nContent-Type: "
		. "application/json\r\nContent-Length: $n\r\n\r\n";
}
sub uploading {
	my $master = $m->pid('web');
	open my $f, '<', "/proc/$master/task/$master/children" or return;
	for my $pid (split ' ', <$f> // '') {
		return $pid if grep { (readlink // '') =~ m{^\Q$store\E/tmp/} }
			glob "/proc/$pid/fd/*";
	}
	return 0;
}
sub sweep {
	return system("$Maestro::Test::build/maestro", '-c', $m->dir
		. '/maestro.conf', 'sweep', '--quick') >> 8;
}
sub blobs { my @f = glob "$store/blob/*/*/*"; scalar @f }
sub left () {
	return $m->psql("select (select count(*) from storage.objects),
		(select count(*) from private.doomed_objects),
		(select coalesce(jsonb_array_length(images), 0)
			from public.tasks where id = '$t')");
}

is post()->status, 201, 'an image is kept';
is left(), '1|0|1', 'a row and an object';

SKIP: {
	skip 'needs a mount of its own', 5 if !$is_small;
	my $r = post($gif . 'x' x (12 * 1024 * 1024));
	is $r->status, 507, 'a full disk is told' or diag $r->body;
	is $r->json->{code}, 'STORAGE_FULL', 'as what it is';
	is left(), '1|0|1', 'and leaves nothing';
	is post()->status, 201, 'a small one still fits';
	$ann->del("/api/tasks/$t/images/"
		. $ann->get("/api/tasks/$t")->json->{images}[1]{id});
	is left(), '1|0|1', 'and goes';
}

# --- the store is away ---

chmod 0, "$store/tmp";
my $was = blobs();
my $root_reads = `ps -o user= -p @{[$m->pid("web")]}` =~ /root/;
SKIP: {
	skip 'the workers may write everywhere', 3 if $root_reads;
	my $r = post();
	cmp_ok $r->status, '>=', 500, 'a store that is away is told';
	is left(), '1|0|1', 'and leaves nothing';
	is blobs(), $was, 'of bytes neither';
}
chmod 0755, "$store/tmp";
is post()->status, 201, 'it is back';

# --- the client goes, the worker dies ---

my $half = substr body($gif . 'x' x 2_000_000), 0, 1_000_000;
my $c = $m->http->connect;
syswrite $c, head(2_800_000) . $half;
Maestro::Test::wait_for('the image to be under way', \&uploading);
close $c;
Maestro::Test::wait_for('the worker to notice', sub { !uploading() });
Maestro::Test::wait_for('the list to be empty', sub { left() eq '2|0|2' });
pass 'a client that goes leaves nothing';

$c = $m->http->connect;
syswrite $c, head(2_800_000) . $half;
my $pid = Maestro::Test::wait_for('another one', \&uploading);
kill KILL => $pid;
Maestro::Test::wait_for('the worker to be gone', sub { !kill 0, $pid });
close $c;
is left(), '2|1|2', 'a killed worker leaves a key on the list';
$m->psql("update private.doomed_objects set due_at = now()");
is sweep(), 0, 'which the sweeper';
is left(), '2|0|2', 'crosses off';

# --- the task goes while its image comes ---

my $second = $ann->post('/api/tasks', {projectId => $p, title => 's'})
	->json->{id};
my $text = body($gif . 'x' x 2_000_000);
$c = $m->http->connect;
syswrite $c, head(length $text) =~ s/\Q$t\E/$second/r
	. substr $text, 0, 1_000_000;
Maestro::Test::wait_for('the last one', \&uploading);
is $ann->del("/api/tasks/$second")->status, 200, 'its task is deleted';
print $c substr $text, 1_000_000;
$c->flush;
my $answer = do { local $/; <$c> };
like $answer, qr{^HTTP/1\.1 404\b}, 'then there is nothing to add it to';
is left(), '2|0|2', 'and nothing stays';

# --- a hosted project that is away ---

my $home = Maestro::Test->new(users => ['ann']);
# One worker each: it has fetched the project's signing keys before they are
# out of reach.
my $far = Maestro::Test->new(hosted => $home, web_workers => 1,
	io_workers => 1);
my $fann = $far->as('ann');
$p = new_project($fann, 'F');
$t = $fann->post('/api/tasks', {projectId => $p, title => 't'})->json->{id};
sub far_left () {
	return $home->psql("select (select count(*) from storage.objects),
		(select count(*) from private.doomed_objects),
		(select count(*) from public.task_images)");
}
sub far_post () {
	return $fann->request('POST', "/api/tasks/$t/images", undef,
		body => body($gif), type => 'application/json');
}
is far_post()->status, 201, 'hosted: an image is kept';
$home->stop('nginx');
my $r = far_post();
is $r->status, 503, 'hosted: a store that is away is told';
like $r->header('retry-after') // '', qr/^[1-9]\d*$/, 'with Retry-After';
is far_left(), '1|1|1', 'and leaves a key on the list';
is $fann->del("/api/tasks/$t")->status, 200, 'a task can be deleted meanwhile';
is far_left(), '1|2|0', 'its image waits';
$home->start('nginx');
is system("$Maestro::Test::build/maestro", '-c', $far->dir . '/maestro.conf',
	'sweep') >> 8, 0, 'the sweeper';
is far_left(), '0|0|0', 'takes both';

done_testing;
