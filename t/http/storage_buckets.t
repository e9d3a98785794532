# /storage/v1/bucket: the service makes buckets, policies let others.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;

my $m = Maestro::Test->new(users => [qw(ann bob)]);
my $s = $m->service;
my $v1 = '/storage/v1';

sub refused ($r, $http, $status, $code, $name) {
	is_deeply [$r->status, @{$r->json}{qw(statusCode code)}],
		[$http, $status, $code], $name;
}

is $m->http->get("$v1/status")->status, 200, 'status';
like $m->http->get("$v1/version")->body, qr/\d/, 'version';

# --- credentials ---
my $r = $m->http->get("$v1/bucket");
refused $r, 400, '400', 'InvalidRequest', 'no Authorization';
like $r->json->{message}, qr/authorization/, 'says which header';
for my $token ('nonsense', $m->anon_key . 'x') {
	refused $m->http->with(headers => {Authorization => "Bearer $token"})
		->get("$v1/bucket"), 400, '403', 'AccessDenied', 'a bad token';
}
$r = $m->http->with(headers => {Authorization =>
	'Bearer ' . $m->mint(role => 'authenticated', sub => 'x',
		exp => time - 3600)})->get("$v1/bucket");
is $r->json->{message}, '"exp" claim timestamp check failed',
	'an expired token says so';
refused $m->as('ann')->post("$v1/bucket/x/empty"), 403, '403',
	'AccessDenied', 'emptying is the service key\'s';
for my $path ('/nope', '/bucket/a/b/c', '/object', '/upload/resumable') {
	refused $s->get($v1 . $path), 404, '404', 'InvalidRequest',
		"no route $path";
}

# --- create ---
$r = $s->post("$v1/bucket", {name => 'photos', public => \1,
	file_size_limit => '20MB', allowed_mime_types => ['image/*', '']});
is_deeply [$r->status, $r->json], [200, {name => 'photos'}], 'create';
my $b = $s->get("$v1/bucket/photos")->json;
is_deeply [@$b{qw(id name owner public file_size_limit)},
	$b->{allowed_mime_types}],
	['photos', 'photos', '', JSON::PP::true, 20_000_000, ['image/*']],
	'what was asked for';
like $b->{created_at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'times';
ok !exists $b->{type}, 'get shows no type';
refused $s->post("$v1/bucket", {name => 'photos'}), 400, '409',
	'BucketAlreadyExists', 'twice';
for (['', 'no name'], ['a/b', 'a slash'], [' x', 'space before'],
	['x ', 'space behind'], ["\x{e4}", 'not ASCII'], ['x' x 101, 'long'],
	['t--table-s3', 'reserved'], ['..', 'dots']) {
	refused $s->post("$v1/bucket", {name => $_->[0]}), 400, '400',
		'InvalidBucketName', "bad name: $_->[1]";
}
refused $s->post("$v1/bucket", {}), 400, '400', 'InvalidRequest',
	'name is needed';
for my $body ('', '[]', '{', '"x"', '{"name":1}', '{"name":"q","public":3}',
	'{"name":"q","file_size_limit":-1}',
	'{"name":"q","file_size_limit":"20XB"}',
	'{"name":"q","file_size_limit":"MB"}',
	'{"name":"q","file_size_limit":1.5}',
	'{"name":"q","allowed_mime_types":"image/png"}',
	'{"name":"q","allowed_mime_types":[1]}') {
	refused $s->post("$v1/bucket", $body), 400, '400', 'InvalidRequest',
		"bad body $body";
}
refused $s->post("$v1/bucket", {name => 'q',
	allowed_mime_types => ['no-type']}), 400, '415', 'InvalidMimeType',
	'bad type rule';
refused $s->post("$v1/bucket", {name => 'q', file_size_limit => '999999GB'}),
	400, '413', 'EntityTooLarge', 'more than the installation takes';
refused $s->post("$v1/bucket", '{"name":"' . 'x' x 1_100_000 . '"}'), 413,
	'413', 'EntityTooLarge', 'a JSON body has a limit';
refused $m->as('ann')->post("$v1/bucket", {name => 'anns'}), 400, '403',
	'AccessDenied', 'users make none without a policy';

# --- list ---
$s->post("$v1/bucket", {name => $_}) for 'beta_1', 'alpha', 'betax1';
my $names = sub ($r) { join ' ', map { $_->{name} } @{$r->json} };
is $names->($s->get("$v1/bucket?sortColumn=name&search=bETA")),
	'beta_1 betax1', 'search is a substring, whatever the case';
is $names->($s->get("$v1/bucket?search=a_1")), 'beta_1',
	'wildcards are plain characters';
is $names->($s->get(
	"$v1/bucket?sortColumn=id&sortOrder=desc&limit=2&offset=1")),
	'project-files photos', 'sorted page';
ok exists $s->get("$v1/bucket")->json->[0]{type}, 'type is listed';
ok !exists $s->with(headers => {'X-Client-Info' => 'supabase-py/2.17.9'})
	->get("$v1/bucket")->json->[0]{type}, 'but not for old Python';
refused $s->get("$v1/bucket?$_"), 400, '400', 'InvalidRequest', "bad $_"
	for 'limit=0', 'limit=x', 'offset=-1', 'sortColumn=owner',
		'sortOrder=up';
is $names->($m->as('ann')->get("$v1/bucket")), '', 'users see none';
refused $m->as('ann')->get("$v1/bucket/photos"), 400, '404', 'NoSuchBucket',
	'nor by name';

# --- update ---
is $s->put("$v1/bucket/photos", {file_size_limit => undef, public => \0,
	name => 'photos'})->json->{message}, 'Successfully updated', 'update';
$b = $s->get("$v1/bucket/photos")->json;
is_deeply [$b->{public}, $b->{file_size_limit}, $b->{allowed_mime_types}],
	[JSON::PP::false, undef, ['image/*']], 'null clears, absent keeps';
refused $s->put("$v1/bucket/photos", {id => 'x'}), 400, '400',
	'InvalidRequest', 'nothing to update';
refused $s->put("$v1/bucket/none", {public => \1}), 400, '404',
	'NoSuchBucket', 'no such bucket';
refused $m->as('ann')->put("$v1/bucket/photos", {public => \1}), 400, '404',
	'NoSuchBucket', 'a user updates nothing';

# --- delete, empty ---
$s->request('POST', "$v1/object/alpha/a.txt", undef, body => 'x',
	type => 'text/plain');
refused $s->del("$v1/bucket/alpha", {}), 400, '409', 'ResourceNotEmpty',
	'a bucket with objects stays';
refused $m->as('ann')->del("$v1/bucket/alpha", {}), 400, '404',
	'NoSuchBucket', 'and is not even there for users';
like $s->post("$v1/bucket/alpha/empty")->json->{message}, qr/queued/, 'empty';
is $m->psql("select count(*) from storage.objects"), 0, 'objects are gone';
is $m->psql("select count(*) from storage_local.doomed_versions"), 1,
	'their bytes wait to be swept';
is $s->del("$v1/bucket/alpha")->json->{message}, 'Successfully deleted',
	'delete without a body';
refused $s->del("$v1/bucket/alpha", {}), 400, '404', 'NoSuchBucket', 'once';
refused $s->post("$v1/bucket/alpha/empty", {}), 400, '404', 'NoSuchBucket',
	'nothing to empty';

# --- policies ---
$m->psql("create policy mine on storage.buckets to authenticated
	using (owner_id = auth.uid()::text)
	with check (owner_id = auth.uid()::text)");
is $m->as('ann')->post("$v1/bucket", {name => 'anns'})->status, 200,
	'a policy lets users make their own';
is $names->($m->as('ann')->get("$v1/bucket")), 'anns', 'and see them';
is $names->($m->as('bob')->get("$v1/bucket")), '', 'others do not';
refused $m->as('bob')->del("$v1/bucket/anns", {}), 400, '404',
	'NoSuchBucket', 'nor delete them';
is $m->as('ann')->del("$v1/bucket/anns", {})->status, 200, 'the owner may';

# --- CORS ---
$r = $m->http->options("$v1/object/a/b", headers => {
	Origin => 'https://elsewhere.test',
	'Access-Control-Request-Method' => 'PUT'});
is $r->status, 204, 'preflight';
is $r->header('access-control-allow-origin'), '*', 'from anywhere';
like $r->header('access-control-allow-headers'), qr/x-upsert/, 'with x-upsert';
done_testing;
