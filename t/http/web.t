#!/usr/bin/perl
# What the dispatcher does before any handler runs: addresses, methods, bodies,
# credentials, origins.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Api;
use Maestro::Test;

my $m = Maestro::Test->new(users => [qw(ann)]);
my $ann = $m->as('ann');
my $id = new_project($ann, 'Web', workingDir => '/w');

subtest 'addresses' => sub {
	is $ann->get('/api/nothing')->status, 404, 'unknown below a family';
	is $ann->get('/api/nothing')->json->{code}, 'NOT_FOUND', 'in its error shape';
	is $m->http->get('/nothing')->status, 404, 'unknown outside every family';
	is $ann->get("/api/projects/$id/")->status, 200, 'a slash at the end is taken for none';
	is $ann->get("/api/projects/%ff")->status, 400, 'an address that is no UTF-8';
	is $ann->get("/api/projects/a%00b")->status, 400, 'NUL in an address';
	is $ann->get("/api/projects/%zz")->status, 400, 'a broken escape';
	is $ann->get('/api/projects/' . 'x' x 3000)->status, 404, 'a long id is just unknown';
	is $ann->get('/api/projects?x=' . 'y' x 7000)->status, 200, 'unknown query keys do not matter';
	my $r = $ann->request('POST', "/api/projects/$id", {name => 'x'});
	is $r->status, 405, 'a method the address does not take';
	like $r->header('allow'), qr/GET.*PUT.*DELETE/, 'says which it takes';
	$r = $ann->request('HEAD', "/api/projects/$id");
	is $r->status, 200, 'HEAD where there is GET';
	is $r->body, '', 'without a body';
};

subtest 'credentials' => sub {
	is $m->http->get('/api/projects')->status, 401, 'nothing offered';
	for my $bad ('Bearer', 'Bearer ', 'Bearer a b', 'Basic YTpi', 'Bearer x.y.z',
		'Bearer ' . 'a' x 9000, 'Bearer mst_none')
	{
		my $r = $m->http->with(headers => {Authorization => $bad})->get('/api/projects');
		is $r->status, 401, 'refused: ' . substr $bad, 0, 20;
		unlike $r->body, qr/mst_none|x\.y\.z/, 'and not repeated';
	}
	is $m->anon->get('/api/projects')->status, 401 , 'the anon key is nobody';
	is $m->http->with(headers => {Cookie => '__Host-maestro_session=rubbish'})
		->get('/api/projects')->status, 401, 'a broken cookie is like none';
	ok $m->http->get('/health')->status == 200, '/health asks for nothing';
};

subtest 'bodies' => sub {
	my $post = sub ($body, $type = 'application/json') {
		$ann->request('POST', '/api/projects', undef, body => $body, type => $type);
	};
	is $post->('{"name":')->status, 400, 'broken JSON';
	is $post->('{"name":')->json->{code}, 'VALIDATION_ERROR', 'with the code of bad input';
	is $post->('')->status, 400, 'no body where fields are required';
	is $post->('[]')->status, 400, 'a list where an object belongs';
	is $post->("{\"name\":\"a\xff\",\"workingDir\":\"/\"}")->status, 400, 'no UTF-8';
	is $post->('{"name":"a\u0000b","workingDir":"/"}')->status, 400, 'NUL in a text';
	is $post->('{"name":"a","name":"b","workingDir":"/"}')->status, 400, 'a key twice';
	is $post->('[' x 5000)->status, 400, 'deep nesting';
	is $post->('{"name":"a","workingDir":"/"}', 'text/xml')->status,
		415, 'another type';
	is $post->('x' x 60_000_000)->status, 413, 'too large';
	is $post->('{"name":"a","workingDir":"/","extra":1}')->status, 201, 'unknown keys are ignored';
	my $r = $post->('{"name":7,"workingDir":"/"}');
	is $r->status, 400, 'a wrong type';
	is $r->json->{details}[0]{path}, 'name', 'names the field';
};

subtest 'origins' => sub {
	my $pre = sub ($origin) {
		$m->http->with(headers => {Origin => $origin,
			'Access-Control-Request-Method' => 'POST'})
			->request('OPTIONS', '/api/projects');
	};
	is $pre->('http://localhost:5173')->status, 204, 'preflight of a local front end';
	is $pre->('http://localhost:5173')->header('access-control-allow-origin'),
		'http://localhost:5173', 'is allowed by name';
	is $pre->('https://evil.example')->status, 403, 'another origin is refused';
	is $pre->('https://localhost.evil.example')->status, 403, 'also one that looks local';
};
done_testing;
