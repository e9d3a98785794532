# /storage/v1/object: uploads, downloads, lists, moves, copies, deletes, links.
use v5.36;
use Test::More;
use lib 't/lib';
use Digest::MD5 qw(md5_hex);
use Digest::SHA qw(sha256_hex);
use JSON::PP ();
use Maestro::Test;
use MIME::Base64 qw(encode_base64 decode_base64);

my $m = Maestro::Test->new(users => [qw(ann bob)],
	conf => {upload_limit_bytes => '64M'});
my ($s, $v1) = ($m->service, '/storage/v1');
my $png = decode_base64('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUl'
	. 'EQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==');

sub refused ($r, $http, $status, $code, $name) {
	is_deeply [$r->status, @{$r->json}{qw(statusCode code)}],
		[$http, $status, $code], $name or diag $r->body;
}
sub up ($who, $path, $bytes, %o) {
	return $who->request($o{method} // 'POST', "$v1/object/$path", undef,
		body => $bytes, type => $o{type} // 'text/plain;charset=UTF-8',
		headers => $o{headers} // {});
}
sub blobs {
	my @found = glob $m->store_dir . '/blob/*/*/*';
	return scalar @found;
}

$s->post("$v1/bucket", {name => $_->[0], public => $_->[1]})
	for ['priv', \0], ['pub', \1];
$m->psql("create policy own on storage.objects to authenticated
	using (bucket_id = 'priv' and owner_id = auth.uid()::text)
	with check (bucket_id = 'priv' and owner_id = auth.uid()::text)");
my ($ann, $bob) = ($m->as('ann'), $m->as('bob'));

# --- upload and download ---
my $r = up($ann, 'priv/a/hello.txt', 'hello', headers => {
	'Cache-Control' => 'max-age=3600',
	'X-Metadata' => encode_base64('{"k":"v"}', '')});
is $r->status, 200, 'upload';
is $r->json->{Key}, 'priv/a/hello.txt', 'Key';
like $r->json->{Id}, qr/^[0-9a-f-]{36}$/, 'Id';
my $etag = '"' . md5_hex('hello') . '"';
$r = $ann->get("$v1/object/priv/a/hello.txt");
is_deeply [$r->status, $r->body, map { $r->header($_) } 'content-type',
	'content-length', 'etag', 'cache-control', 'x-robots-tag',
	'accept-ranges', 'content-security-policy', 'x-content-type-options'],
	[200, 'hello', 'text/plain;charset=UTF-8', 5, $etag, 'max-age=3600',
	'none', 'bytes', "default-src 'none'; sandbox", 'nosniff'], 'download';
like $r->header('last-modified'), qr/GMT$/, 'Last-Modified';
is $r->header('access-control-allow-origin'), '*', 'CORS on bytes too';
my $info = $ann->get("$v1/object/info/priv/a/hello.txt")->json;
is_deeply [@$info{qw(name bucket_id size content_type cache_control etag)},
	$info->{metadata}], ['a/hello.txt', 'priv', 5,
	'text/plain;charset=UTF-8', 'max-age=3600', $etag, {k => 'v'}], 'info';
$r = $ann->head("$v1/object/authenticated/priv/a/hello.txt");
is_deeply [$r->status, $r->body, $r->header('content-length'),
	$r->header('etag')], [200, '', 5, $etag], 'HEAD';
is $m->psql("select metadata ->> 'sha256' from storage.objects"),
	sha256_hex('hello'), 'SHA-256 is kept';

# --- who sees it ---
refused $bob->get("$v1/object/priv/a/hello.txt"), 400, '404', 'NoSuchKey',
	'another user does not see it';
refused $bob->get("$v1/object/info/priv/a/hello.txt"), 400, '404',
	'NoSuchKey', 'nor its info';
is $bob->head("$v1/object/priv/a/hello.txt")->status, 400, 'nor HEAD';
refused $m->http->get("$v1/object/priv/a/hello.txt"), 400, '404',
	'NoSuchBucket', 'nobody sees not even the bucket';
refused $m->http->get("$v1/object/authenticated/priv/a/hello.txt"), 400,
	'400', 'InvalidRequest', 'authenticated wants a header';
refused $m->http->get("$v1/object/public/priv/a/hello.txt"), 400, '404',
	'NoSuchBucket', 'a private bucket is not public';
refused up($bob, 'priv/a/hello.txt', 'mine', headers => {'X-Upsert' => 'true'}),
	400, '403', 'AccessDenied', 'another user overwrites nothing';
refused up($m->anon, 'priv/x', 'x'), 400, '403', 'AccessDenied',
	'the anon key uploads nothing';
like up($bob, 'pub/x', 'x')->json->{message}, qr/row-level security/,
	'no policy, no upload';
refused $bob->del("$v1/object/priv/a/hello.txt"), 400, '404', 'NoSuchKey',
	'nor deletes';
is_deeply $bob->del("$v1/object/priv", {prefixes => ['a/hello.txt']})->json,
	[], 'nor in bulk';
for (['move', 'sourceKey'], ['copy', 'sourceKey']) {
	refused $bob->post("$v1/object/$_->[0]", {bucketId => 'priv',
		sourceKey => 'a/hello.txt', destinationKey => 'b'}), 400, '404',
		'NoSuchKey', "nor $_->[0]";
}
refused $bob->post("$v1/object/sign/priv/a/hello.txt", {expiresIn => 60}),
	400, '404', 'NoSuchKey', 'nor signs';
is_deeply $bob->post("$v1/object/list/priv", {prefix => ''})->json, [],
	'nor lists';
is_deeply $bob->post("$v1/object/list-v2/priv", {})->json,
	{hasNext => JSON::PP::false, folders => [], objects => []}, 'nor lists v2';

# --- create, replace ---
refused up($ann, 'priv/a/hello.txt', 'again'), 400, '409', 'KeyAlreadyExists',
	'no upsert, no overwrite';
is up($ann, 'priv/a/hello.txt', 'HELLO', headers => {'X-Upsert' => 'true'})
	->status, 200, 'upsert';
is up($ann, 'priv/a/hello.txt', 'third', method => 'PUT')->status, 200, 'PUT';
is $ann->get("$v1/object/priv/a/hello.txt")->body, 'third', 'the last counts';
is up($ann, 'priv/new', 'n', method => 'PUT')->status, 200, 'PUT creates';
refused up($s, 'none/x', 'x'), 400, '404', 'NoSuchBucket', 'no such bucket';
is up($s, 'pub/empty', '')->status, 200, 'an empty object';
is $m->http->get("$v1/object/public/pub/empty")->body, '', 'comes back empty';

# --- names ---
for (['a%2Fb.txt', 'a/b.txt'], ['x///y', 'x///y'], ['sp%20ace', 'sp ace'],
	['p+q', 'p+q'], ["q%21%2A%27%28%29%26%24%40%3D%3B%3A%2B%2C%3F",
	"q!*'()&\$\@=;:+,?"], ['t/', 't/']) {
	my $got = up($s, "pub/$_->[0]", $_->[1]);
	is eval { $got->json->{Key} }, "pub/$_->[1]", "key $_->[1]"
		or diag $got->bytes;
	is $m->http->get("$v1/object/public/pub/$_->[0]")->body, $_->[1],
		'and back';
}
for my $key ('a%25', 'a%23', '%C3%A4', '..%2Fx', 'a/%2E%2E/b', 'a%5Cb',
	'a%22', 'x' x 1025) {
	refused up($s, "pub/$key", 'x'), 400, '400', 'InvalidKey',
		'bad key ' . substr $key, 0, 12;
}
is up($s, "pub/$_", 'x')->status, 400, "bad URL $_"
	for 'a%00b', 'a%zz', 'a%ff';

# --- types ---
for (['png', $png, 'image/png', 'image/png'],
	['lie', $png, 'text/html', 'image/png'],
	['json', '{"a":1}', 'application/json', 'application/json'],
	['css', 'a { color: red }', 'text/css', 'text/css'],
	['fake', 'just text', 'image/svg+xml', 'text/plain'],
	['page', '<!doctype html><html><script>1</script></html>',
		'image/png', 'text/plain'],
	['none', "\x00\x01\x02\x03", undef, 'application/octet-stream']) {
	my ($key, $bytes, $said, $kept) = @$_;
	$s->request('POST', "$v1/object/pub/type-$key", undef, body => $bytes,
		headers => {'Content-Type' => $said});
	is $m->http->get("$v1/object/public/pub/type-$key")
		->header('content-type'), $kept, "type of $key";
}
is $s->get("$v1/object/info/pub/type-page")->json->{content_type},
	'text/html', 'HTML is known as such';
refused up($s, 'pub/bad-type', 'x', type => 'nonsense'), 400, '415',
	'InvalidMimeType', 'a type that is none';
$s->post("$v1/bucket", {name => 'imgs', allowed_mime_types => ['image/png'],
	file_size_limit => 1000});
is up($s, 'imgs/a.png', $png, type => 'image/png')->status, 200, 'allowed type';
refused up($s, 'imgs/b.png', $png, type => 'image/jpeg'), 400, '415',
	'InvalidMimeType', 'a type the bucket does not take';
refused up($s, 'imgs/c.png', 'no image', type => 'image/png'), 400, '415',
	'InvalidMimeType', 'content that the bucket does not take';

# --- limits ---
my $before = blobs();
refused up($s, 'imgs/big.png', $png . 'x' x 1000, type => 'image/png'), 400,
	'413', 'EntityTooLarge', 'over the limit of the bucket';
my $chunk = sub ($bytes) { sprintf "%x\r\n%s\r\n", length $bytes, $bytes };
$r = $m->http->raw("POST $v1/object/imgs/chunked.png HTTP/1.1\r\n"
	. "Host: localhost\r\nConnection: close\r\nAuthorization: Bearer "
	. $m->service_key . "\r\nContent-Type: image/png\r\n"
	. "Transfer-Encoding: chunked\r\n\r\n",
	$chunk->($png) . $chunk->('x' x 2000) . "0\r\n\r\n");
refused $r, 400, '413', 'EntityTooLarge', 'also when it comes in chunks';
$r = $m->http->raw("POST $v1/object/pub/chunked HTTP/1.1\r\n"
	. "Host: localhost\r\nConnection: close\r\nAuthorization: Bearer "
	. $m->service_key . "\r\nContent-Type: text/plain\r\n"
	. "Transfer-Encoding: chunked\r\n\r\n",
	$chunk->('one ') . $chunk->('two') . "0\r\n\r\n");
is $r->status, 200, 'a chunked upload';
is $m->http->get("$v1/object/public/pub/chunked")->body, 'one two', 'is whole';
refused up($s, 'pub/f/.emptyFolderPlaceholder', 'x'), 400, '413',
	'EntityTooLarge', 'a placeholder is empty';
is up($s, 'pub/f/.emptyFolderPlaceholder', '')->status, 200, 'an empty one';
is blobs(), $before + 2, 'refused uploads leave no bytes';
is scalar(() = glob $m->store_dir . '/tmp/*'), 0, 'nor temporary files';

# --- multipart, as storage-js sends it ---
sub form (@parts) {
	my $body = '';
	while (my ($head, $bytes) = splice @parts, 0, 2) {
		$body .= "--BB\r\nContent-Disposition: form-data; $head\r\n\r\n"
			. "$bytes\r\n";
	}
	return ($body . "--BB--\r\n", type => 'multipart/form-data; boundary=BB');
}
is up($ann, 'priv/form.png', form('name="cacheControl"' => '60',
	'name="metadata"' => '{"a":[1]}',
	qq(name=""; filename="blob"\r\nContent-Type: image/png) => $png,
	'name="cacheControl"' => '99'))->status, 200, 'multipart';
$info = $ann->get("$v1/object/info/priv/form.png")->json;
is_deeply [@$info{qw(size content_type cache_control metadata)}],
	[length $png, 'image/png', 'max-age=60', {a => [1]}],
	'fields before the file count, later ones do not';
is $ann->get("$v1/object/priv/form.png")->body, $png, 'and its bytes';
like up($ann, 'priv/nofile', form('name="x"' => '1'))->json->{message},
	qr/No content provided/, 'no file part';
refused up($ann, 'priv/cut', "--BB\r\nContent-Disposition: form-data; "
	. "name=\"\"; filename=\"x\"\r\n\r\nabc",
	type => 'multipart/form-data; boundary=BB'), 400, '400',
	'InvalidRequest', 'a form without an end';
refused $ann->get("$v1/object/priv/cut"), 400, '404', 'NoSuchKey',
	'is not stored';
refused up($ann, 'priv/b', 'x', type => 'multipart/form-data'), 400, '400',
	'InvalidRequest', 'no boundary';

# --- robots ---
for ('noindex', 'googlebot: nofollow, max-snippet:-1',
	'unavailable_after: 25 Jun 2027 15:00:00 PST, and so on',
	'max-image-preview:large') {
	up($s, 'pub/robot', 'x', method => 'PUT', headers =>
		{'X-Robots-Tag' => $_});
	is $m->http->get("$v1/object/public/pub/robot")
		->header('x-robots-tag'), $_, "robots: $_";
}
refused up($s, 'pub/r', 'x', headers => {'X-Robots-Tag' => $_}), 400, '400',
	'InvalidRequest', "bad robots: $_"
	for 'nonsense', 'max-snippet:x', 'noindex,,nofollow', 'a b: noindex';

# --- ranges and conditions ---
up($s, 'pub/digits', '0123456789');
my $get = sub (%h) {
	$m->http->get("$v1/object/public/pub/digits", headers => \%h);
};
my $tag = $get->()->header('etag');
my $date = $get->()->header('last-modified');
for (['bytes=2-4', '234', 'bytes 2-4/10'], ['bytes=7-', '789', 'bytes 7-9/10'],
	['bytes=-3', '789', 'bytes 7-9/10'], ['bytes=8-99', '89', 'bytes 8-9/10']) {
	$r = $get->(Range => $_->[0]);
	is_deeply [$r->status, $r->body, $r->header('content-range')],
		[206, @$_[1, 2]], "Range: $_->[0]";
}
$r = $get->(Range => 'bytes=10-');
refused $r, 416, '416', 'InvalidRange', 'a range behind the end';
is $r->header('content-range'), 'bytes */10', 'says how long it is';
is $get->(Range => $_)->status, 200, "ignored: $_"
	for 'bytes=0-1,4-5', 'lines=1-2';
is $get->(Range => 'bytes=0-0', 'If-Range' => $tag)->status, 206,
	'If-Range that matches';
is $get->(Range => 'bytes=0-0', 'If-Range' => '"x"')->status, 200,
	'If-Range that does not';
is $get->(Range => 'bytes=99-', 'If-Range' => '"x"')->status, 200,
	'then a hopeless range does not matter';
for ($tag, "W/$tag", "\"x\", $tag", '*') {
	$r = $get->('If-None-Match' => $_);
	is_deeply [$r->status, $r->body, $r->header('etag')], [304, '', $tag],
		"If-None-Match: $_";
}
$r = $get->('If-None-Match' => '"other"', 'If-Modified-Since' => $date);
is $r->status, 200, 'If-None-Match goes before If-Modified-Since';
is $r->header('cache-control'), 'no-cache, stale-while-revalidate=30',
	'and a miss may be served while fetching';
is $get->('If-Modified-Since' => $date)->status, 304, 'If-Modified-Since';
is $get->('If-Modified-Since' => 'Thu, 01 Jan 1970 00:00:00 GMT')->status, 200,
	'changed since then';
for (['', 'attachment;'], ['a b.txt',
	"attachment; filename=a%20b.txt; filename*=UTF-8''a%20b.txt"]) {
	is $m->http->get("$v1/object/public/pub/digits?download="
		. $_->[0] =~ s/ /%20/r)->header('content-disposition'), $_->[1],
		"download=$_->[0]";
}

# --- lists ---
up($s, "pub/dir/$_", 'x') for 'a.txt', 'B.txt', 'sub/1', 'sub/2', 'c_d';
my $names = sub ($r) { join ' ', map { $_->{name} } @{$r->json} };
is $names->($s->post("$v1/object/list/pub", {prefix => 'dir'})),
	'a.txt B.txt c_d sub', 'a folder';
is $names->($s->post("$v1/object/list/pub", {prefix => 'dir/', limit => 2,
	offset => 1, sortBy => {column => 'name', order => 'desc'}})),
	'c_d B.txt', 'a page, backwards';
is $names->($s->post("$v1/object/list/pub", {prefix => 'dir/',
	search => 'SUB/'})), 'sub/1 sub/2', 'search goes into folders';
is $names->($s->post("$v1/object/list/pub", {prefix => 'dir/',
	search => '_'})), '', '_ is a plain character';
my ($file) = @{$s->post("$v1/object/list/pub", {prefix => 'dir',
	search => 'a'})->json};
is_deeply [sort keys %$file], [sort qw(name id updated_at created_at
	last_accessed_at metadata)], 'what a row holds';
is_deeply [@{$file->{metadata}}{qw(size contentLength mimetype cacheControl
	httpStatusCode)}], [1, 1, 'text/plain;charset=UTF-8', 'no-cache', 200],
	'its metadata';
is_deeply $s->post("$v1/object/list/none", {prefix => ''})->json, [],
	'an unknown bucket is empty';
refused $s->post("$v1/object/list/pub", $_), 400, '400', 'InvalidRequest',
	'bad list: ' . JSON::PP::encode_json($_)
	for {}, {prefix => 1}, {prefix => '', limit => 0},
	{prefix => '', sortBy => {column => 'id'}},
	{prefix => '', sortBy => {column => 'name', order => 'up'}};
my ($all, $cursor, $pages) = ('', undef, 0);
do {
	my $l = $s->post("$v1/object/list-v2/pub", {prefix => 'dir/',
		limit => 2, with_delimiter => \1,
		$cursor ? (cursor => $cursor) : ()})->json;
	$all .= " $_->{name}" for @{$l->{objects}}, @{$l->{folders}};
	$cursor = $l->{nextCursor};
	$pages++;
	is !!$l->{hasNext}, !!$cursor, 'hasNext tells of a cursor';
} while $cursor && $pages < 9;
is $all, ' dir/B.txt dir/a.txt dir/c_d dir/sub/', 'v2, page by page';
refused $s->post("$v1/object/list-v2/pub", {cursor => $_}), 400, '400',
	'InvalidParameter', "bad cursor $_" for 'x', '!!', 'bDo=';

# --- move, copy ---
is $ann->post("$v1/object/move", {bucketId => 'priv', sourceKey => 'new',
	destinationKey => 'moved'})->json->{message}, 'Successfully moved', 'move';
is $ann->get("$v1/object/priv/moved")->body, 'n', 'is there';
refused $ann->get("$v1/object/priv/new"), 400, '404', 'NoSuchKey',
	'and not here';
refused $ann->post("$v1/object/move", {bucketId => 'priv',
	sourceKey => 'moved', destinationKey => 'a/hello.txt'}), 400, '409',
	'ResourceAlreadyExists', 'onto another object';
refused $ann->post("$v1/object/move", {bucketId => 'priv',
	sourceKey => 'moved', destinationKey => 'x', destinationBucket => 'pub'}),
	400, '403', 'AccessDenied', 'into a bucket without a policy';
refused $s->post("$v1/object/move", {bucketId => 'priv',
	sourceKey => 'moved', destinationKey => 'x', destinationBucket => 'nix'}),
	400, '404', 'InvalidRequest', 'into no bucket';
refused $ann->post("$v1/object/move", {bucketId => 'priv',
	sourceKey => 'moved', destinationKey => '../x'}), 400, '400',
	'InvalidKey', 'to a bad key';
is $ann->post("$v1/object/move", {bucketId => 'priv', sourceKey => 'moved',
	destinationKey => 'moved'})->status, 200, 'onto itself';
$r = $ann->post("$v1/object/copy", {bucketId => 'priv', sourceKey =>
	'form.png', destinationKey => 'copy.png'});
is_deeply [@{$r->json}{qw(Key name user_metadata)}],
	['priv/copy.png', 'copy.png', {a => [1]}], 'copy';
is $ann->get("$v1/object/priv/copy.png")->body, $png, 'has the bytes';
refused $ann->post("$v1/object/copy", {bucketId => 'priv', sourceKey =>
	'form.png', destinationKey => 'copy.png'}), 400, '409',
	'KeyAlreadyExists', 'twice';
is $ann->with(headers => {'X-Upsert' => 'true'})->post("$v1/object/copy",
	{bucketId => 'priv', sourceKey => 'copy.png', destinationKey =>
	'copy.png', copyMetadata => \0, metadata => {cacheControl =>
	'max-age=7'}})->status, 200, 'onto itself';
is $ann->get("$v1/object/info/priv/copy.png")->json->{cache_control},
	'max-age=7', 'changes its cache-control';

for (['text/html', 'image/png', 'what it is'], ['image/png', 'image/png', 'it']) {
	$ann->with(headers => {'X-Upsert' => 'true'})->post("$v1/object/copy",
		{bucketId => 'priv', sourceKey => 'form.png', destinationKey =>
		'copy.png', copyMetadata => \0, metadata => {mimetype =>
		$_->[0]}});
	is $ann->get("$v1/object/priv/copy.png")->header('content-type'),
		$_->[1], "a copy said to be $_->[0] stays $_->[2]";
}
refused $ann->post("$v1/object/copy", {bucketId => 'priv', sourceKey =>
	'form.png', destinationKey => 'c2', copyMetadata => \0, metadata =>
	{mimetype => "image/png\r\nSet-Cookie: a=b"}}), 400, '415',
	'InvalidMimeType', 'a type is no way to send headers';
$ann->post("$v1/object/copy", {bucketId => 'priv', sourceKey => 'form.png',
	destinationKey => 'c3', copyMetadata => \0, metadata => {cacheControl =>
	"no-store\r\nSet-Cookie: a=b"}});
is $ann->get("$v1/object/priv/c3")->header('set-cookie'), undef,
	'nor is cache-control';
$m->psql("update storage.objects set metadata = metadata
	|| '{\"mimetype\": \"a/b\\r\\nSet-Cookie: a=b\"}' where name = 'c3'");
$r = $ann->get("$v1/object/priv/c3");
is_deeply [$r->header('content-type'), $r->header('set-cookie')],
	['application/octet-stream', undef], 'nor a row made in SQL';
$ann->del("$v1/object/priv", {prefixes => ['c3']});

# --- signed URLs ---
my $url = $ann->post("$v1/object/sign/priv/form.png", {expiresIn => 60})
	->json->{signedURL};
like $url, qr{^/object/sign/priv/form\.png\?token=}, 'a link';
$r = $m->http->get($v1 . $url);
is_deeply [$r->status, $r->body], [200, $png], 'opens without credentials';
ok $r->header('expires') && !$r->header('cache-control'), 'until it expires';
is $m->http->head($v1 . $url)->status, 200, 'HEAD too';
refused $m->http->get("$v1/object/sign/priv/copy.png?" .
	($url =~ s/.*\?//r)), 400, '400', 'InvalidSignature', 'not another object';
refused $m->http->get($v1 . $url . 'x'), 400, '400', 'InvalidJWT',
	'not with a changed token';
refused $m->http->get("$v1/object/sign/priv/form.png"), 400, '400',
	'InvalidRequest', 'not without';
refused $m->http->get("$v1/object/sign/priv/form.png?token="
	. $m->mint(url => 'priv/form.png', scope => 'download',
	exp => time - 5)), 400, '400', 'InvalidJWT', 'not when it has expired';
refused $m->http->request('PUT', "$v1/object/upload/sign/priv/form.png?"
	. ($url =~ s/.*\?//r), undef, body => 'x', type => 'text/plain'), 400,
	'400', 'InvalidSignature', 'not for writing';
refused $ann->post("$v1/object/sign/priv/form.png", $_), 400, '400',
	'InvalidRequest', 'bad expiry' for {}, {expiresIn => 0},
	{expiresIn => 'x'};
$r = $ann->post("$v1/object/sign/priv", {expiresIn => 60,
	paths => ['form.png', 'none', 'a/hello.txt']})->json;
is_deeply [map { $_->{error} ? 0 : 1 } @$r], [1, 0, 1], 'many at once';
is $r->[1]{signedURL}, undef, 'none for what is not there';
my $up = $ann->post("$v1/object/upload/sign/priv/later.txt", {})->json;
is "/object/upload/sign/priv/later.txt?token=$up->{token}", $up->{url},
	'a link to upload';
$r = $m->http->request('PUT', $v1 . $up->{url}, undef, body => 'late',
	type => 'text/plain', headers => {'X-Upsert' => 'true'});
is_deeply $r->json, {Key => 'priv/later.txt'}, 'is used';
is $ann->get("$v1/object/priv/later.txt")->body, 'late', 'by its owner';
refused $m->http->request('PUT', $v1 . $up->{url}, undef, body => 'late',
	type => 'text/plain', headers => {'X-Upsert' => 'true'}), 400, '409',
	'KeyAlreadyExists', 'the token decides on upsert';
refused $bob->post("$v1/object/upload/sign/pub/x", {}), 400, '403',
	'AccessDenied', 'no policy, no link';

# --- delete ---
$r = $ann->del("$v1/object/priv", {prefixes => ['copy.png', 'none', 'moved']});
is_deeply [map { $_->{name} } @{$r->json}], ['copy.png', 'moved'], 'delete many';
is $ann->del("$v1/object/priv/later.txt")->json->{message},
	'Successfully deleted', 'delete one';
refused $ann->del("$v1/object/priv/later.txt"), 400, '404', 'NoSuchKey', 'once';
refused $ann->del("$v1/object/priv", $_), 400, '400', 'InvalidRequest',
	'bad delete' for {}, {prefixes => []}, {prefixes => [{path => 'x'}]};
$m->psql("create policy look on storage.objects for select to authenticated
	using (bucket_id = 'pub')");
refused $bob->del("$v1/object/pub/digits"), 400, '403', 'AccessDenied',
	'seen but not to be deleted';

# --- two at once ---
$before = blobs();
my @race = map {
	my $c = $m->http->connect;
	syswrite $c, "POST $v1/object/pub/race HTTP/1.1\r\nHost: localhost\r\n"
		. "Connection: close\r\nAuthorization: Bearer "
		. $m->service_key . "\r\nContent-Type: text/plain\r\n"
		. "Content-Length: 200000\r\n\r\n" . $_ x 150_000;
	$c;
} 'a', 'b';
sub streaming {
	# Where the bytes go: on a hosted project, into its store.
	my $master = ($m->{hosted} // $m)->pid('web');
	open my $f, '<', "/proc/$master/task/$master/children" or return 0;
	return scalar grep { (readlink // '') =~ m{/store/tmp/} }
		map { glob "/proc/$_/fd/*" } split ' ', <$f> // '';
}
Maestro::Test::wait_for('both to be under way', sub { streaming() == 2 });
$before = blobs();
syswrite $race[0], 'a' x 50_000;
my @said = (join '', readline $race[0]);
syswrite $race[1], 'b' x 50_000;
push @said, join '', readline $race[1];
like $said[0], qr/^HTTP\S+ 200.*Id/s, 'two create one key: the first wins';
like $said[1], qr/^HTTP\S+ 400.*KeyAlreadyExists/s, 'the second is told';
is $m->http->get("$v1/object/public/pub/race")->body, 'a' x 200_000,
	'it is the whole of the first';
is blobs(), $before + 1, 'and the bytes of the second are gone';

# --- a token in the path ---
my $token = $ann->post('/api/tokens', {name => 't', scopes => ['read']})
	->json->{token};
is $m->http->get("/k/$token/$v1/object/priv/form.png" =~ s{//}{/}gr)->body,
	$png, '/k/<token>/ reads';
refused $m->http->request('POST', "/k/$token$v1/object/priv/tok", undef,
	body => 'x', type => 'text/plain'), 403, '403', 'AccessDenied',
	'a token that may only read writes nothing';

# --- rows without bytes ---
$m->psql("insert into storage.objects (bucket_id, name, version) values
	('pub', 'ghost', gen_random_uuid()), ('pub', 'evil', '../../../secrets')");
for my $key ('ghost', 'evil') {
	$r = $m->http->get("$v1/object/public/pub/$key");
	refused $r, 400, '404', 'NoSuchKey', "a row without bytes: $key";
	is $r->json->{message}, 'The resource was not found', 'says so';
}
done_testing;
