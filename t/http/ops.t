# What the admin's machinery sees, and what nginx does on the way.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;

my $m = Maestro::Test->new(users => ['ann'], web_workers => 3, io_workers => 2,
	conf => {metrics_token_file => 'secrets/metrics-token'});
open my $f, '>', $m->dir . '/secrets/metrics-token' or die;
print $f "let-me-read-metrics\n";
close $f;
my $ann = $m->as('ann');

subtest 'health and readiness' => sub {
	my $r = $m->http->get('/health');
	is $r->status, 200, 'health needs no credentials';
	is $r->json->{status}, 'ok', 'and says ok';
	is $m->http->with(headers => {Authorization => 'Bearer rubbish'})
		->get('/health')->status, 200, 'nor looks at bad ones';
	$r = $m->http->get('/ready');
	is $r->status, 200, 'ready';
	is $r->json->{checks}{$_}, 'ok', "$_ is looked at"
		for qw(database redis store);
	ok $r->json->{heartbeatAgeMs}{master} < 5000, 'the master beats';
	like $r->header('cache-control'), qr/no-store/, 'never cached';
};

sub metrics (%o) {
	my $text = $m->http->get('/metrics', %o)->body;
	my %v;
	for (split /\n/, $text) {
		$v{$1} = $2 if /^([a-z_]+(?:\{[^}]*\})?) ([0-9.e+-]+)$/;
	}
	return \%v;
}

subtest 'metrics' => sub {
	$ann->get('/api/projects') for 1 .. 3;
	$ann->get('/api/projects/proj_none');
	my $r = $m->http->get('/metrics');
	is $r->status, 200, 'from loopback';
	like $r->header('content-type'), qr{^text/plain; version=0\.0\.4},
		'in the text format';
	my $v = metrics();
	my ($ok) = grep { /requests_total/ && /family="api"/ && /status="200"/
		&& /method="GET"/ } keys %$v;
	ok $ok && $v->{$ok} >= 3, 'requests by family, method and status';
	ok scalar(grep { /requests_total/ && /status="404"/ } keys %$v),
		'refusals too';
	ok scalar(grep { /_bucket\{.*le="/ } keys %$v), 'a latency histogram';
	my ($trips) = grep { /round_trips/ } keys %$v;
	ok $v->{$trips} >= 3, 'database round trips';
	is $m->http->get('/metrics', ip => '198.51.100.7')->status, 403,
		'from elsewhere only with the token';
	is $m->http->with(ip => '198.51.100.7', headers =>
		{Authorization => 'Bearer let-me-read-metrics'})
		->get('/metrics')->status, 200, 'and with it';
	is $m->http->with(ip => '198.51.100.7', headers =>
		{Authorization => 'Bearer let-me-read-metric'})
		->get('/metrics')->status, 403, 'a wrong one is refused';
};

subtest 'request ids and logs' => sub {
	my $r = $ann->get('/api/projects?token=SECRETQUERY');
	my $id = $r->header('x-request-id');
	like $id, qr/^[0-9a-f]{32}$/, 'every answer has an id';
	$m->http->get('/k/mst_SECRETTOKEN/api/projects');
	$m->http->get('/auth/v1/verify?token=SECRETCODE&type=signup');
	$m->http->get('/storage/v1/object/sign/b/o?token=SECRETSIGN');
	# The access log is written after the answer.
	Maestro::Test::wait_for('the access log', sub {
		$m->log('nginx-access') =~ m{path="/storage/v1/object/sign/b/o"};
	});
	like $m->log('nginx-access'), qr/rid=$id .*status=200/, 'nginx logs it';
	like $m->log('web'), qr/rid=$id /, 'maestro-web too';
	like $m->log('nginx-access'), qr{path="/api/projects" status=401},
		'/k/ is logged as what it stands for';
	my $all = join '', map { $m->log($_) } qw(nginx-access nginx-error web);
	unlike $all, qr/SECRET/, 'no query and no token reaches a log';
	is $ann->get('/health', headers => {'X-Request-Id' => 'forged'})
		->header('x-request-id') eq 'forged', '',
		'a client cannot choose the id';
};

subtest 'nginx by itself' => sub {
	my $out = `curl -s --cacert @{[$m->ca_file]} -i @{[$m->url]}/health`;
	like $out, qr{^HTTP/2 200}, 'TLS with a certificate for localhost';
	like $out, qr/strict-transport-security: max-age=\d+/i, 'HSTS';
	like $out, qr/x-content-type-options: nosniff/i, 'nosniff';
	like $out, qr/x-frame-options: DENY/i, 'no frames';
	like $out, qr/referrer-policy: same-origin/i, 'referrers stay here';
	my $to = `curl -s -o /dev/null -w '%{http_code} %{redirect_url}' @{[
		$m->url =~ s/^https/http/r]}/app?x=1`;
	is $to, '301 ' . $m->url . '/app?x=1', 'plain HTTP is sent to HTTPS';
	my $r = $m->http->get('/static/app.css');
	is $r->status, 200, 'a static file';
	like $r->header('cache-control'), qr/max-age=300/, 'kept for minutes';
	$r = $m->http->get('/static/0123456789ab/app.css');
	is $r->status, 200, 'the same under an address with a hash';
	like $r->header('cache-control'), qr/immutable/, 'kept for ever';
	is $r->header('x-content-type-options'), 'nosniff', 'with the headers';
	is $m->http->get('/static/../maestro.conf')->status, 404, 'not above it';
	is $m->http->get('/static/%2e%2e/maestro.conf')->status, 404,
		'however it is written';
	is $m->http->get('/_blob/ab/cd/x')->status, 404,
		'the store is not an address';
	$r = $m->http->get('/static/app.css',
		headers => {'Accept-Encoding' => 'gzip'});
	is $r->header('content-encoding'), 'gzip', 'text is compressed';
	$r = $ann->post('/api/projects', undef, body => 'x' x 3_000_000,
		type => 'application/json');
	is $r->status, 413, 'a body beyond the limit';
	is $r->json->{statusCode}, 413, 'is refused in JSON';
};

subtest 'hostile requests' => sub {
	my $raw = sub ($bytes) {
		$m->http->raw($bytes, '', timeout => 10);
	};
	is $raw->("GET / HTTP/1.1\r\n\r\n")->status, 400, 'no Host';
	is $raw->("rubbish\r\n\r\n")->status, 400, 'no HTTP';
	is $raw->("GET /%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		->status, 400, 'NUL in the address';
	is $raw->("POST /api/projects HTTP/1.1\r\nHost: x\r\n"
		. "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde")
		->status, 400, 'two lengths';
	is $raw->("POST /api/projects HTTP/1.1\r\nHost: x\r\n"
		. "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
		->status, 400, 'length and chunks';
	is $raw->('GET /' . 'a' x 20000 . " HTTP/1.1\r\nHost: x\r\n\r\n")
		->status, 414, 'an endless address';
	is $raw->("GET /health HTTP/1.1\r\nHost: x\r\nX-Big: "
		. 'a' x 70000 . "\r\n\r\n")->status, 400, 'an endless header';
	is $m->http->request('TRACE', '/health')->status, 405, 'TRACE';
	is $m->http->with(headers => {'X-Api-Token' => 'mst_forged'})
		->get('/api/projects')->status, 401,
		'the header of /k/ cannot be sent by a client';
	is $m->http->get('/health')->status, 200, 'and it still answers';
};

subtest 'nobody answers' => sub {
	$m->stop('web');
	my $r = $ann->get('/api/projects');
	is $r->status, 503, 'the API is away';
	is $r->json->{code}, 'UNAVAILABLE', 'in JSON';
	ok $r->header('retry-after'), 'with Retry-After';
	$r = $m->http->get('/app/');
	is $r->status, 503, 'pages are away';
	like $r->body, qr/<title>Just a moment/, 'in words';
	$r = $m->http->post('/storage/v1/object/b/o', undef, body => 'x');
	is $r->status, 503, 'uploads are away';
	$m->start('web');
	is $ann->get('/api/projects')->status, 200, 'and back';
};

done_testing;
