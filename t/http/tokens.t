# API tokens: made once, shown once, stored as a hash; scopes, expiry, and the
# ways one dies.
use v5.36;
use Test::More;
use Digest::SHA qw(sha256_hex);
use lib 't/lib';
use Maestro::Test;

my $m = Maestro::Test->new(users => [qw(ann bob cem)], admins => ['root']);

# Signed here, so that this file needs no sign-in.
sub signed_in ($name) {
	my $u = $m->{user}{$name};
	return $m->http->with(headers => {Authorization => 'Bearer '
		. $m->mint(sub => $u->{id}, email => $u->{email},
			$name eq 'root' ? (app_metadata =>
				{platform_role => 'admin'}) : ())});
}

sub bearer ($token) {
	return $m->http->with(headers => {Authorization => "Bearer $token"});
}

my ($ann, $bob, $cem, $root) = map { signed_in($_) } qw(ann bob cem root);

subtest 'a token is told once' => sub {
	my $r = $ann->post('/api/tokens', {name => '  laptop ', junk => 1});
	is $r->status, 201, 'made';
	my $t = $r->json;
	like $t->{token}, qr/^mst_[A-Za-z0-9_-]{43}$/, 'the token';
	is $t->{name}, 'laptop', 'its name, trimmed';
	is $t->{prefix}, substr($t->{token}, 0, 8), 'what lists show of it';
	is_deeply $t->{scopes}, [qw(read write)], 'reads and writes by default';
	is $t->{expiresAt}, undef, 'for ever by default';
	is $r->header('cache-control'), 'no-store', 'nobody keeps the answer';

	my $list = $ann->get('/api/tokens');
	is $list->status, 200, 'listed';
	is_deeply [map { $_->{id} } @{$list->json}], [$t->{id}], 'there it is';
	unlike $list->body, qr/\Q$t->{token}\E|hash/, 'without the secret';
	is $m->psql('select token_hash from public.api_tokens'),
		sha256_hex($t->{token}), 'stored as SHA-256 only';
	is $bob->get('/api/tokens')->body, '[]', 'others see none of it';
	is $bob->del("/api/tokens/$t->{id}")->status, 404,
		'nor can they delete it';
	my $audit = $m->psql(q{select new_data from public.rls_audit_log
		where table_name = 'api_tokens'});
	like $audit, qr/"token_hash": "\[redacted\]"/, 'audited without the hash';
};

subtest 'using it' => sub {
	my $t = $ann->post('/api/tokens', {name => 'cli'})->json->{token};
	my $cli = bearer($t);
	my $r = $cli->post('/api/projects', {name => 'p', workingDir => '/w'});
	is $r->status, 201, 'as bearer';
	my $id = $r->json->{id};
	is $m->http->get("/k/$t/api/projects/$id")->json->{name}, 'p',
		'as path prefix';
	is $bob->get("/api/projects/$id")->status, 404, 'others see nothing';
	unlike $m->log('nginx-access'), qr/\Q$t\E/, 'nginx does not log it';
	unlike $m->log('web'), qr/\Q$t\E/, 'neither do we';
	like $m->psql("select last_used_at > now() - interval '1 minute'
		from public.api_tokens where name = 'cli'"), qr/t/,
		'last use is noted';

	is bearer("${t}x")->get('/api/projects')->status, 401, 'one byte more';
	is bearer(substr $t, 0, -1)->get('/api/projects')->status, 401, 'or less';
	is bearer('mst_')->get('/api/projects')->status, 401, 'only the prefix';
	is bearer('mst_' . 'A' x 43)->get('/api/projects')->status, 401,
		'a made-up one';
	is $m->http->get('/k/mst_nope/api/projects')->status, 401,
		'a made-up prefix';
	is $m->http->get('/k/' . $m->anon_key . '/api/projects')->status, 401,
		'only API tokens go as prefix';
	is bearer(sha256_hex($t))->get('/api/projects')->status, 401,
		'the hash is no token';
};

subtest 'scopes' => sub {
	my $read = bearer($ann->post('/api/tokens',
		{name => 'r', scopes => ['read']})->json->{token});
	is $read->get('/api/projects')->status, 200, 'read: reads';
	my $r = $read->post('/api/projects', {name => 'p', workingDir => '/w'});
	is $r->status, 403, 'read: does not write';
	is $r->json->{code}, 'INSUFFICIENT_SCOPE', 'and is told why';

	$r = $ann->post('/api/tokens', {name => 'a', scopes => ['admin']});
	is $r->status, 403, 'scope admin is for platform admins';
	$r = $root->post('/api/tokens', {name => 'a', scopes => ['admin']});
	is_deeply $r->json->{scopes}, [qw(read write admin)],
		'a wider scope holds the narrower';
	is $ann->post('/api/tokens', {name => 'x', scopes => ['root']})->status,
		400, 'unknown scope';
	is $ann->post('/api/tokens', {name => 'x', scopes => []})->status, 400,
		'no scope';

	my $write = $ann->post('/api/tokens', {name => 'w'})->json->{token};
	$r = bearer($write)->post('/api/tokens', {name => 'child'});
	is $r->status, 403, 'a token makes no tokens';
};

subtest 'what is refused' => sub {
	for my $case (
		['no name', {}],
		['blank name', {name => '  '}],
		['long name', {name => 'x' x 101}],
		['a number for a name', {name => 7}],
		['expiry in the past', {name => 'x', expiresInDays => 0}],
		['expiry as a text', {name => 'x', expiresInDays => '7'}],
		['expiry too far', {name => 'x', expiresInDays => 99999}],
		['scopes as a text', {name => 'x', scopes => 'read'}])
	{
		my $r = $ann->post('/api/tokens', $case->[1]);
		is $r->status, 400, $case->[0];
		is $r->json->{code}, 'VALIDATION_ERROR', '... by its code';
	}
	is $m->http->get('/api/tokens')->status, 401, 'nobody has no tokens';
	is $m->anon->post('/api/tokens', {name => 'x'})->status, 401,
		'the anon key is nobody';
	is $ann->del('/api/tokens/nope')->status, 404, 'no such id';
	is $ann->del('/api/tokens/' . '0' x 8 . '-0000-4000-8000-' . '0' x 12)
		->status, 404, 'no such token';
};

# Workers remember a token for a few seconds: wait for it to die.
sub dies ($http) {
	return Maestro::Test::wait_for('the token to die',
		sub { $http->get('/api/projects')->status == 401 });
}

subtest 'the ways a token dies' => sub {
	my %t = map {
		$_ => $ann->post('/api/tokens',
			{name => $_, expiresInDays => 30})->json
	} qw(deleted expired fine);
	my ($of_bob, $of_cem) = map {
		$_->post('/api/tokens', {name => 'other'})->json->{token}
	} $bob, $cem;
	is bearer($_->{token})->get('/api/projects')->status, 200, $_->{name}
		for values %t;
	ok $t{fine}{expiresAt} > time * 1000 + 29 * 86400e3, 'expiry is told';

	is $ann->del("/api/tokens/$t{deleted}{id}")->status, 200, 'deleted';
	$m->psql("update public.api_tokens set expires_at = now()
		where id = '$t{expired}{id}';
		update auth.users set banned_until = 'infinity'
		where id = '$m->{user}{bob}{id}';
		update auth.users set deleted_at = now()
		where id = '$m->{user}{cem}{id}'");
	ok dies(bearer($t{deleted}{token})), 'after it was deleted';
	ok dies(bearer($t{expired}{token})), 'when its time is over';
	ok dies(bearer($of_bob)), 'with its owner banned';
	ok dies(bearer($of_cem)), 'with its owner gone';
	is bearer($t{fine}{token})->get('/api/projects')->status, 200,
		'others live';
};

done_testing;
