# Files of projects: /api/projects/:id/files, and who may do what.
use v5.36;
use utf8;
use Test::More;
use lib 't/lib';
use Maestro::Api;
use Maestro::Test;

my $m = Maestro::Test->new(users => [qw(ann mia vic bob)]);
my ($ann, $mia, $vic, $bob) = map { $m->as($_) } qw(ann mia vic bob);
my $id = new_project($ann, 'p');
my $other = new_project($bob, 'q');
my $files = "/api/projects/$id/files";
for (['mia', 'member'], ['vic', 'viewer']) {
	is $ann->post("/api/projects/$id/members", {
		userId => $m->user($_->[0])->{id}, role => $_->[1]})->status,
		201, "$_->[0] is a $_->[1]";
}

sub raw ($who, $path, $bytes, $type = 'text/plain') {
	return $who->request('POST', $path, undef, body => $bytes,
		type => $type);
}
sub form (@parts) {
	my $body = '';
	while (my ($head, $bytes) = splice @parts, 0, 2) {
		utf8::encode($head);
		$body .= "--BB\r\nContent-Disposition: form-data; $head\r\n\r\n"
			. "$bytes\r\n";
	}
	return (body => $body . "--BB--\r\n",
		type => 'multipart/form-data; boundary=BB');
}
sub names ($r) { join '|', sort map { $_->{name} } @{$r->json} }

is_deeply $ann->get($files)->json, [], 'no files yet';
my $r = raw($mia, "$files?name=notes.txt", 'hello');
is $r->status, 201, 'a member uploads';
my ($f) = @{$r->json};
is_deeply [@$f{qw(key name size type uploadedBy)}],
	['notes.txt', 'notes.txt', 5, 'text/plain', $m->user('mia')->{id}],
	'what it is, and by whom';
ok $f->{createdAt} > 1e12 && $f->{uploaderName}, 'when, and by which name';
$r = $vic->get("$files/$f->{key}");
is_deeply [$r->status, $r->body], [200, 'hello'], 'a viewer reads';
is $r->header('content-disposition'),
	"attachment; filename=notes.txt; filename*=UTF-8''notes.txt",
	'to be saved';
is $r->header('cache-control'), 'private, no-cache', 'checked every time';
is $vic->get("$files/$f->{key}", headers => {'If-None-Match' =>
	$r->header('etag')})->status, 304, 'not sent twice';
is $vic->get("$files/notes.txt", headers => {Range => 'bytes=1-2'})->body,
	'el', 'in parts';
like $vic->get("$files/notes.txt?inline=1")->header('content-disposition'),
	qr/^inline/, 'or shown';

# --- refusals ---
refused raw($vic, "$files?name=x", 'x'), 403, 'FORBIDDEN', 'viewers write not';
refused $vic->del("$files/notes.txt"), 403, 'FORBIDDEN', 'nor delete';
refused raw($bob, "$files?name=x", 'x'), 404, 'NOT_FOUND', 'strangers: upload';
refused $bob->get($files), 404, 'NOT_FOUND', 'strangers: list';
refused $bob->get("$files/notes.txt"), 404, 'NOT_FOUND', 'strangers: read';
refused $bob->del("$files/notes.txt"), 404, 'NOT_FOUND', 'strangers: delete';
is $m->http->get($files)->status, 401, 'nobody: list';
is raw($m->http, "$files?name=x", 'x')->status, 401, 'nobody: upload';
refused raw($mia, "$files?name=notes.txt", 'again'), 409, 'ALREADY_EXISTS',
	'no silent overwrite';
is raw($mia, "$files?name=notes.txt&replace=true", 'again')->status, 201,
	'but on request';
is $vic->get("$files/notes.txt")->body, 'again', 'the new one is there';
refused $mia->get("$files/none"), 404, 'NOT_FOUND', 'no such file';
refused $mia->del("$files/none"), 404, 'NOT_FOUND', 'nothing to delete';
refused $mia->get("$files/..%2f..%2f$other/x"), 404, 'NOT_FOUND',
	'no way out of the project';
refused raw($mia, $files, 'x'), 400, 'VALIDATION_ERROR', 'a name is needed';
refused raw($mia, "$files?name=a%0Ab", 'x'), 400, 'VALIDATION_ERROR',
	'without control characters';
refused raw($mia, "$files?name=" . 'x' x 256, 'x'), 400, 'VALIDATION_ERROR',
	'and not endless';

# --- forms, names ---
$r = $mia->request('POST', $files, undef, form('name="folder"' => 'docs',
	'name="file"; filename="Übersicht 100%.txt"' => 'one',
	'name="file"; filename="C:\\fakepath\\b.txt"' => 'two'));
is $r->status, 201, 'several at once';
is names($r), 'b.txt|Übersicht 100%.txt', 'names as people wrote them';
my ($uber) = grep { $_->{name} =~ /100/ } @{$r->json};
like $uber->{key}, qr{^docs/=C3=9Cbersicht 100=25\.txt$}, 'a key of its own';
$r = $vic->get("$files/" . $uber->{key} =~ s/ /%20/r);
is $r->body, 'one', 'is read back';
like $r->header('content-disposition'), qr/UTF-8''%C3%9Cbersicht%20100%25\.txt/,
	'under its name';
refused $mia->request('POST', $files, undef, form('name="x"' => 'y')), 400,
	'VALIDATION_ERROR', 'a form without a file';
refused $mia->request('POST', $files, undef, body => 'junk',
	type => 'multipart/form-data; boundary=BB'), 400, 'BAD_MULTIPART',
	'no form at all';
is names($ann->get($files)), 'b.txt|notes.txt|Übersicht 100%.txt', 'all of them';
$r = $ann->get("$files?limit=1")->json;
is_deeply [scalar @{$r->{data}}, $r->{pagination}{total}], [1, 3], 'a page';
for my $evil ('..', '.', '../../etc/passwd', '<b>.html') {
	$r = $mia->request('POST', $files, undef,
		form(qq(name="file"; filename="$evil") => '<script>1</script>'));
	is $r->status, 201, "a name like $evil is only a name";
	like $r->json->[0]{key}, qr/^[^\/]+$/, 'of one part';
}

# --- the same files through /storage/v1 ---
my $v1 = '/storage/v1/object';
is $vic->get("$v1/project-files/$id/notes.txt")->body, 'again',
	'the storage surface shows them to members';
is $bob->get("$v1/project-files/$id/notes.txt")->json->{code}, 'NoSuchKey',
	'not to others';
for (["project-files/$id/direct.txt", $mia, 200], ["project-files/$id/v", $vic,
	400], ["project-files/$id/b", $bob, 400], ['project-files/top', $mia, 400],
	["project-files/$other/x", $mia, 400]) {
	is raw($_->[1], "$v1/$_->[0]", 'x')->status, $_->[2], "POST $_->[0]";
}
is $mia->post("$v1/move", {bucketId => 'project-files', sourceKey =>
	"$id/direct.txt", destinationKey => "$other/direct.txt"})->status, 400,
	'no move into a project of others';
is_deeply $bob->post("$v1/list/project-files", {prefix => ''})->json, [],
	'others list nothing';

# --- delete ---
is_deeply $mia->del("$files/direct.txt")->json,
	{success => JSON::PP::true(), key => 'direct.txt'}, 'delete';
refused $mia->get("$files/direct.txt"), 404, 'NOT_FOUND', 'is gone';
is $ann->del("/api/projects/$id")->status, 200, 'delete the project';
is $m->psql("select count(*) from storage.objects where name like '$id/%'"), 0,
	'and its files are gone too';
done_testing;
