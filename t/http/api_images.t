# /api/tasks/:id/images: bytes in the store, rows beside them (maestro-api.md
# 2.3, 3.2, 6.6, 8).  Runs on a hosted project too (MAESTRO_MODE=hosted).
use v5.36;
use lib 't/lib';
use MIME::Base64 qw(encode_base64);
use Test::More;
use Maestro::Api;
use Maestro::AtOnce;
use Maestro::Test;

my @names = qw(ann mia vic bob);
my $m = Maestro::Test->new(users => \@names, io_workers => 2,
	conf => {sweep_grace_s => 1});
my %as = map { $_ => $m->as($_) } @names;
my $hosted = ($ENV{MAESTRO_MODE} // '') eq 'hosted';

my $p = new_project($as{ann}, 'A');
add_members($as{ann}, $p, mia => 'member', vic => 'viewer');
sub task (%more) {
	return $as{mia}->post('/api/tasks', {projectId => $p, title => 't',
		%more})->json->{id};
}
my $t = task();

# One pixel of each, and a drawing with a script in it.
my %bytes = (
	'image/png' => pack('H*', '89504e470d0a1a0a0000000d494844520000000100000'
		. '00108060000001f15c4890000000d49444154789c626001000000ffff03'
		. '000006000557bfabd40000000049454e44ae426082'),
	'image/gif' => pack('H*', '47494638396101000100800000000000ffffff21f904'
		. '01000000002c00000000010001000002024401003b'),
	'image/jpeg' => pack('H*', 'ffd8ffe000104a46494600010100000100010000ff'
		. 'db0043' . '08' x 65 . 'ffd9'),
	'image/webp' => "RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0" . pack('H*',
		'30010 09d012a0100010002003425a40003700 0fefb940000' =~ s/ //gr),
	'image/svg+xml' => '<?xml version="1.0"?><svg xmlns="http://www.w3.org/'
		. '2000/svg" width="1" height="1"><script>alert(1)</script>'
		. '</svg>',
);
sub post ($who, $task, %o) {
	return $as{$who}->post("/api/tasks/$task/images", {
		filename => $o{name} // 'a.png',
		mimeType => $o{type} // 'image/png',
		data => exists $o{data} ? $o{data}
			: encode_base64($o{bytes} // $bytes{'image/png'}, '')});
}
sub objects () {
	return $m->psql("select count(*) from storage.objects
		where bucket_id = 'task-images'");
}
sub doomed () { $m->psql('select count(*) from private.doomed_objects') }
sub images ($task = $t) { $as{vic}->get("/api/tasks/$task")->json->{images} }

# --- add and read ---

ok !exists $as{vic}->get("/api/tasks/$t")->json->{images},
	'3.2: a task without images has no key';
my %id;
for my $type (sort keys %bytes) {
	my $r = post('mia', $t, name => "x\x{e9}.$type", type => $type,
		bytes => $bytes{$type});
	is $r->status, 201, "$type is kept" or diag $r->body;
	my $i = $r->json;
	like $i->{id}, qr/^img_\d+_[0-9a-z]{9}$/, 'its id';
	is_deeply [@$i{qw(filename mimeType size)}, scalar keys %$i],
		["x\x{e9}.$type", $type, length $bytes{$type}, 5],
		'what it is';
	cmp_ok $i->{addedAt}, '>', 1e12, 'when it came';
	$id{$type} = $i->{id};
}
is_deeply [map { $_->{id} } @{images()}], [@id{sort keys %bytes}],
	'the task lists them, in their order';
is_deeply [map { $_->{images} ? scalar @{$_->{images}} : 0 }
	@{$as{vic}->get("/api/tasks?projectId=$p")->json}], [5],
	'the list of tasks too';
is objects(), 5, 'the bytes are objects';
is doomed(), 0, 'none of them is to go';
for my $type (sort keys %bytes) {
	my $r = $as{vic}->get("/api/tasks/$t/images/$id{$type}");
	is_deeply [$r->status, $r->header('content-type'),
		$r->body eq $bytes{$type}], [200, $type, 1],
		"$type: a viewer sees it" or diag $r->body;
	is $r->header('x-content-type-options'), 'nosniff', 'as that alone';
	like $r->header('content-security-policy'),
		qr/default-src 'none'.*sandbox/, 'it runs nothing';
	is $r->header('cache-control'), 'private, max-age=31536000, immutable',
		'it may be kept, by who fetched it';
	like $r->header('content-disposition'), $type =~ /svg/
		? qr/^attachment; / : qr/^inline; /,
		'opened alone an SVG is saved';
	like $r->header('content-disposition'), qr/filename\*=UTF-8''x%C3%A9/,
		'under its name';
}
my $one = "/api/tasks/$t/images/$id{'image/png'}";
my $r = $as{vic}->get($one);
is $as{vic}->get($one, headers => {'If-None-Match' => $r->header('etag')})
	->status, 304, 'a browser that has it gets it once'
	if $r->header('etag');
is $as{vic}->head($one)->status, 200, 'HEAD';
is $as{vic}->get($one, headers => {Range => 'bytes=1-3'})->body, 'PNG',
	'a part of it';

# 6.6: <img> sends a cookie and nothing else.
my $token = $as{vic}->post('/api/tokens', {name => 'x'})->json->{token};
my $browser = $m->browser;
is $browser->post('/api/auth/login', {password => $token})->status, 200,
	'the web UI signs in';
is $browser->get($one)->body, $bytes{'image/png'},
	'6.6: its cookie shows images';
is $m->http->get($one)->status, 401, 'nobody else sees them';
is $m->http->get("/k/$token$one")->body, $bytes{'image/png'},
	'a path with a token does';

# --- many at once ---

my $busy = task();
is_deeply [at_once(12, sub ($i) { post('mia', $busy, name => "$i")->status })],
	[(201) x 12], 'twelve at the same moment';
is_deeply [sort { $a <=> $b } map { $_->{filename} } @{images($busy)}],
	[1 .. 12], 'none of them is forgotten';
$as{mia}->del("/api/tasks/$busy");
is_deeply [objects(), doomed()], [5, 0], 'they go together';

# --- a large one, in constant memory ---

my $large = task();
my $before = $m->peak_kb;
my $big = $bytes{'image/png'} . join '', map { chr($_ % 251) x 65536 } 1 .. 480;
$r = post('mia', $large, bytes => $big);
is_deeply [$r->status, $r->json->{size}], [201, length $big], '30 MB'
	or diag $r->body;
is $as{vic}->get("/api/tasks/$large/images/" . $r->json->{id})->body eq $big,
	1, 'come back the same';
cmp_ok $m->peak_kb - $before, '<', 16 * 1024, 'through less than 16 MiB'
	if !Maestro::Test::is_sanitized();
$big .= 'x' x (7 * 1024 * 1024);
refused post('mia', $large, bytes => $big), 413, 'PAYLOAD_TOO_LARGE',
	'more than 36 MiB';
is_deeply [scalar @{images($large)}, objects(), doomed()], [1, 6, 0],
	'of which nothing stays';
$big .= 'x' x (5 * 1024 * 1024);
refused post('mia', $large, bytes => $big), 413, 'PAYLOAD_TOO_LARGE',
	'a body of more than 50 MB';
$big = '';

# --- what is refused ---

my $none = task();
refused post('mia', $none, type => 'image/gif'), 400, 'VALIDATION_ERROR',
	'a type that is not the content\'s', 'mimeType';
refused post('mia', $none, type => 'text/plain'), 400, 'VALIDATION_ERROR',
	'a type nobody keeps', 'mimeType';
refused post('mia', $none, bytes => $_), 400, 'VALIDATION_ERROR',
	'no image', 'data'
	for 'just text', '<html><script>alert(1)</script></html>',
	"%PDF-1.4\n", "MZ\x90\0\3\0\0\0", "\x7fELF\2\1\1\0";
refused post('mia', $none, type => 'image/svg+xml', bytes =>
	'<html><svg xmlns="http://www.w3.org/2000/svg"/></html>'), 400,
	'VALIDATION_ERROR', 'a page is no drawing', 'data';
refused post('mia', $none, data => ''), 400, 'VALIDATION_ERROR', 'no bytes',
	'data';
for my $bad ('a', 'YWJ', 'YW=j', 'YWJj====', "YW\nJj", 'YW-_', 'YR==',
	'data:image/png;base64,' . encode_base64($bytes{'image/png'}, ''),
	encode_base64($bytes{'image/png'}, '') . '!') {
	refused post('mia', $none, data => $bad), 400, 'VALIDATION_ERROR',
		'no base64', 'data';
}
my $data = encode_base64($bytes{'image/png'}, '');
for ([{data => $data, mimeType => 'image/png'}, 'filename'],
	[{data => $data, filename => 'a'}, 'mimeType'],
	[{filename => 'a', mimeType => 'image/png'}, 'data'],
	[{filename => 'a', mimeType => 'image/png', data => 7}, 'data'],
	[{filename => ' ', mimeType => 'image/png', data => $data},
		'filename'],
	[{filename => 'f' x 256, mimeType => 'image/png', data => $data},
		'filename'],
	[{}, 'filename']) {
	refused $as{mia}->post("/api/tasks/$none/images", $_->[0]), 400,
		'VALIDATION_ERROR', "wrong $_->[1]", $_->[1];
}
sub raw ($body, %o) {
	return $as{mia}->request('POST', "/api/tasks/$none/images", undef,
		body => $body, type => 'application/json', %o);
}
refused raw("{\"filename\":\"a\",\"mimeType\":\"image/png\",\"data\":\"$data\""
	. $_), 400, 'VALIDATION_ERROR', 'JSON that breaks off or goes on'
	for '', ',', '}}', '} {}', ",\"data\":\"$data\"}";
refused raw("{\"data\":\"$data"), 400, 'VALIDATION_ERROR',
	'an image that breaks off';
refused raw('x' x 100_000), 413, 'PAYLOAD_TOO_LARGE', 'much of something else';
is raw('{}', type => 'text/plain')->status, 415, 'no JSON';
is raw("{\"data\":\"" . $data =~ s{/}{\\/}gr . "\",\"odd\":1,\"mimeType\":"
	. "\"image/png\",\"filename\":\"b.png\"}")->status, 201,
	'1.4: unknown keys, escaped slashes, any order';
$as{mia}->del("/api/tasks/$none/images/" . images($none)->[0]{id});
ok !defined images($none), 'the task has none';
is_deeply [objects(), doomed()], [6, 0], 'nor has the store';

# --- who may ---

refused post('vic', $t), 403, 'FORBIDDEN', 'a viewer adds none';
refused post('bob', $t), 404, 'NOT_FOUND', 'nor a stranger';
refused post('mia', 'task_none'), 404, 'NOT_FOUND', 'nor to no task';
refused $as{bob}->get($one), 404, 'NOT_FOUND', 'a stranger sees none';
refused $as{vic}->del($one), 403, 'FORBIDDEN', 'a viewer deletes none';
refused $as{bob}->del($one), 404, 'NOT_FOUND', 'nor a stranger';
refused $as{mia}->get("/api/tasks/$none/images/$id{'image/png'}"), 404,
	'NOT_FOUND', 'an image of another task';
refused $as{mia}->get("/api/tasks/$t/images/img_none"), 404, 'NOT_FOUND',
	'one that is not';
is $as{mia}->get("/api/tasks/$t/images/img_none")->json->{message},
	"Image with id 'img_none' not found", 'in the words of the wire';

# By the storage surface too: seen by who sees the task, stored by nobody.
my $object = "/storage/v1/object/task-images/$p/$t/$id{'image/png'}";
is $as{vic}->get($object)->body, $bytes{'image/png'}, 'a viewer, there too';
isnt $as{bob}->get($object)->status, 200, 'no stranger';
isnt $as{mia}->request($_, $object, undef, body => 'x', type => 'image/png')
	->status, 200, "$_: nobody writes past the task" for qw(POST PUT);
isnt $as{mia}->request('POST', "/storage/v1/object/task-images/$p/$t/img_9",
	undef, body => $bytes{'image/png'}, type => 'image/png')->status, 200,
	'nor what was not announced';
isnt $as{mia}->del($object)->status, 200, 'nobody deletes past it';
is $as{vic}->get($one)->body, $bytes{'image/png'}, 'it is as it was';

# Every list of tasks and every event says them all.
my $full = task();
$m->psql("update public.tasks set images = (select jsonb_agg('{}'::jsonb)
	from generate_series(1, 500)) where id = '$full'");
refused post('mia', $full), 422, 'BUSINESS_RULE_ERROR',
	'a task has at most 500';
$m->psql("update public.tasks set images = images - 1 where id = '$full'");
is post('mia', $full)->status, 201, 'but that many';
$as{mia}->del("/api/tasks/$full");
sweep();
is_deeply [objects(), doomed()], [6, 0], 'they are gone with it';

# --- the end of images ---

sub sweep () {
	my $x = qx($Maestro::Test::build/maestro -c ${\$m->dir}/maestro.conf sweep --quick 2>&1);
	return $? >> 8;
}
sub blobs () { my @f = glob $m->store_dir . '/blob/*/*/*'; scalar @f }

$r = $as{mia}->del($one);
is_deeply [$r->status, $r->json], [200, {success => JSON::PP::true,
	id => $id{'image/png'}}], 'an image is deleted';
refused $as{vic}->get($one), 404, 'NOT_FOUND', 'and gone';
refused $as{mia}->del($one), 404, 'NOT_FOUND', 'once';
is scalar @{images()}, 4, 'the task knows';
is_deeply [objects(), doomed()], [5, 0], 'so does the store';

my $child = task(parentId => $t);
post('mia', $child);
is objects(), 6, 'a child has one';
$as{mia}->del("/api/tasks/$t");
is_deeply [objects(), doomed()], [1, 0],
	'a task takes its images with it, and those below it';
$m->psql("delete from public.tasks where id = '$large'");
is_deeply [objects(), doomed()], [1, 1],
	'whoever deletes a task dooms its images';
is sweep(), 0, 'the sweeper comes by';
is_deeply [objects(), doomed()], [0, 0], 'and takes them';
if (!$hosted) {
	$m->psql("update storage_local.doomed_versions
		set doomed_at = now() - interval '1 hour'");
	sweep();
	is blobs(), 0, 'with their bytes';
}

# What a crash between the two stores leaves: announced, stored, never added.
my $late = task();
my $key = $m->psql("select set_config('request.jwt.claims',
	'{\"role\":\"service_role\"}', false) \\g /dev/null
	select private.await_image('$late')");
$m->home->service->request('POST', "/storage/v1/object/task-images/$key",
	undef, body => $bytes{'image/png'}, type => 'image/png');
sweep();
is_deeply [objects(), doomed()], [1, 1], 'an image on its way has an hour';
$m->psql("update private.doomed_objects set due_at = now()");
sweep();
is_deeply [objects(), doomed()], [0, 0], 'and no more';

done_testing;
